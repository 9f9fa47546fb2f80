/* One token a row by inverting the cumulative distribution. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/softmax.h"
#include "kernels/cpu/isa/truncate.h"
#include "kernels/cpu/isa/typed.h"

#include <omp.h>

/* A thread's room, and what it holds of the row last drawn from. */
struct room {
	double *blocks;
	float *groups;
	struct candidate *list;
	const float *row; /* NULL: nothing yet */
	struct softmax s;
	size_t kept;      /* candidates */
};

static size_t
align64(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

static size_t
blocks_bytes(size_t V)
{
	return align64(softmax_blocks(V) * sizeof(double));
}

static size_t
groups_bytes(size_t V)
{
	return align64(TRUNCATE_GROUPS(V) * sizeof(float));
}

static size_t
room_bytes(size_t V, int truncate)
{
	if (!truncate)
		return blocks_bytes(V);
	return blocks_bytes(V) + groups_bytes(V) +
	    align64(TRUNCATE_LIST(V) * sizeof(struct candidate));
}

/* Without truncation groups and list point nowhere and are not used. */
static struct room
room_at(char *base, size_t V)
{
	char *groups = base + blocks_bytes(V);

	return (struct room){
		.blocks = (double *)(void *)base,
		.groups = (float *)(void *)groups,
		.list = (struct candidate *)(void *)(groups + groups_bytes(V)),
	};
}

/* The lowest index of the largest logit. */
static size_t
argmax(const float *logits, float max, size_t V)
{
	size_t i = 0;

	while (i + LANES <= V && !vi_any(vf_load(logits + i) == max))
		i += LANES;
	while (logits[i] != max)
		i++;
	return i;
}

/*
 * The first token whose cumulative weight exceeds u·total, by blocks and then
 * within one.  A block's tokens may add up to less than the block's own sum
 * by rounding: then it is the last that has any weight.
 */
static size_t
draw_all(const struct softmax *s, const double *blocks, const float *logits,
    double u, size_t V)
{
	float weights[SOFTMAX_BLOCK];
	double sum = 0, want = u * s->total;
	size_t b = 0, i, n, last = 0;

	while (b + 1 < softmax_blocks(V) && !(sum + blocks[b] > want))
		sum += blocks[b++];
	i = b * SOFTMAX_BLOCK;
	n = V - i < SOFTMAX_BLOCK ? V - i : SOFTMAX_BLOCK;
	ISA_NAME(softmax_weights)(weights, s, logits + i, n);
	for (size_t j = 0; j < n; j++) {
		if (weights[j] > 0)
			last = j;
		sum += weights[j];
		if (sum > want)
			break;
	}
	return i + last;
}

static size_t
draw_list(const struct candidate *list, size_t n, double u)
{
	double sum = 0, total = 0;
	size_t last = 0;

	for (size_t i = 0; i < n; i++)
		total += list[i].weight;
	for (size_t i = 0; i < n; i++) {
		if (list[i].weight > 0)
			last = i;
		sum += list[i].weight;
		if (sum > u * total)
			break;
	}
	return list[last].id;
}

/* Everything that the draws from one row have in common. */
static void
prepare(struct room *room, const float *row, const struct sampling *o, size_t V)
{
	room->row = row;
	ISA_NAME(softmax_row)(&room->s, room->blocks, row, o->temperature, V);
	if (!isnan(room->s.total) && !o->greedy && truncate_on(o, V))
		room->kept = ISA_NAME(truncate_row)(room->list, room->groups,
		    row, &room->s, o, V);
}

static int32_t
draw_row(float *logprob, const struct room *room, const struct draw *draw,
    const struct sampling *o, size_t V)
{
	const struct softmax *s = &room->s;
	size_t token;

	if (isnan(s->total)) {
		*logprob = __builtin_nanf("");
		return -1;
	}
	if (o->greedy)
		token = argmax(room->row, s->max, V);
	else if (truncate_on(o, V))
		token = draw_list(room->list, room->kept, philox_uniform(draw));
	else
		token = draw_all(s, room->blocks, room->row,
		    philox_uniform(draw), V);
	*logprob = ISA_NAME(softmax_logprob)(s, room->row[token]);
	return (int32_t)token;
}

void
ISA_NAME(sample)(struct kernels *k, int32_t *token, float *logprob,
    const float *logits, const uint32_t *index, const struct draw *draw,
    const struct sampling *sampling, size_t R, size_t V)
{
	int truncate = !sampling->greedy && truncate_on(sampling, V);
	int threads = R < (size_t)k->threads ? (int)R : k->threads;
	size_t bytes = room_bytes(V, truncate);
	char *scratch;

	if (R == 0)
		return;
	scratch = cpu_scratch(k, (size_t)threads * bytes);
#pragma omp parallel num_threads(threads) if (R * V > PARALLEL_MIN)
	{
		struct room room = room_at(
		    scratch + (size_t)omp_get_thread_num() * bytes, V);

#pragma omp for schedule(static) nowait
		for (size_t r = 0; r < R; r++) {
			size_t i = index != NULL ? index[r] : r;
			const float *row = logits + i * V;

			if (row != room.row)
				prepare(&room, row, sampling, V);
			token[r] = draw_row(&logprob[r], &room, &draw[r],
			    sampling, V);
		}
	}
}
