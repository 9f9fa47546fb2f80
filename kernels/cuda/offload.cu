/*
 * AdamW on state in the host's memory, by way of two buffers on the device:
 * piece i + 1 comes while piece i is stepped and piece i - 1 goes.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"

#define ARRAYS 4

/* Masters, both moments, and the gradient where that is the host's too. */
struct state {
	float *of[ARRAYS];
	size_t count;
};

static struct state
state_at(const struct state *s, size_t i)
{
	struct state at = *s;

	for (size_t j = 0; j < s->count; j++)
		at.of[j] += i;
	return at;
}

static void
move(struct kernels *k, enum runtime_lane lane, struct state out,
    struct state in, size_t n)
{
	for (size_t j = 0; j < out.count; j++)
		runtime_copy_beside(k, lane, out.of[j], in.of[j],
		    n * sizeof(float));
}

static size_t
piece_at(size_t at, size_t n, size_t piece)
{
	return n - at < piece ? n - at : piece;
}

void
offload_step(struct kernels *k, float *master, float *m, float *v,
    float *gradient, const struct adamw *options, size_t n)
{
	size_t piece = ((struct cuda *)k)->piece, now, last = 0;
	float *stage = (float *)cuda_scratch(k, 2 * ARRAYS * piece *
	    sizeof(float));
	int with = !runtime_on_device(gradient);
	struct state host = {{master, m, v, gradient}, with ? 4u : 3u};
	struct state buffers[2] = {host, host}, back;
	struct adamw o = *options;

	for (size_t j = 0; j < 2 * ARRAYS; j++)
		buffers[j / ARRAYS].of[j % ARRAYS] = stage + j * piece;
	runtime_follow(k, RUNTIME_UP, RUNTIME_WORK);
	for (size_t at = 0, i = 0; at < n || last > 0; at += piece, i ^= 1) {
		now = at < n ? piece_at(at, n, piece) : 0;
		if (now > 0) {
			/* This buffer's copy back: the last to be asked for. */
			runtime_follow(k, RUNTIME_UP, RUNTIME_DOWN);
			move(k, RUNTIME_UP, buffers[i], state_at(&host, at),
			    now);
		}
		if (last > 0) {
			runtime_follow(k, RUNTIME_DOWN, RUNTIME_WORK);
			back = state_at(&host, at - piece);
			back.count = 3; /* nobody reads a spent gradient */
			move(k, RUNTIME_DOWN, back, buffers[i ^ 1], last);
		}
		if (now > 0) {
			runtime_follow(k, RUNTIME_WORK, RUNTIME_UP);
			o.decayed = options->decayed > at ?
			    options->decayed - at : 0;
			cuda_adamw_step(k, buffers[i].of[0], buffers[i].of[1],
			    buffers[i].of[2], with ? buffers[i].of[3] :
			    gradient + at, &o, now);
		}
		last = now;
	}
	runtime_follow(k, RUNTIME_WORK, RUNTIME_DOWN);
	runtime_wait(k);
}
