/* What this device gives: products as the model has them, and bytes read. */
#include "kernels/cuda/cuda.h"

#include <time.h>

#include "kernels/cuda/device.h"

#define THREADS 256
#define RUNS 5
#define EACH_RUN 8 /* times, which hides a launch and a wait */
#define SIDE 4096 /* of a square product, on a device of many processors */
#define SMALL 32  /* on others */
#define MANY 16
#define MOST ((size_t)256 << 20)

struct reading {
	uint32_t *out;
	const uint32_t *in;
	size_t n;
};

/* Numbers as weights are, for a product of zeros needs less power. */
KERNEL(fill_words, reading)
{
	EACH(i, a.n)
		a.out[i] = 0x3C003C00 |
		    (((uint32_t)i * 2654435761u) >> 8 & 0x807F807F);
}

/* Every word, and something done with it. */
KERNEL(read_words, reading)
{
	uint32_t all = 0;

	EACH(i, a.n)
		all ^= a.in[i];
	if (all == 0x9E3779B9)
		a.out[0] = all;
}

static double
now(struct kernels *k)
{
	struct timespec t;

	runtime_wait(k);
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double
seconds_of_reading(struct kernels *k, const struct reading *reading)
{
	struct reading a = *reading;
	double best = 1e9;

	for (int i = 0; i <= RUNS; i++) {
		double start = now(k), t;

		for (int j = 0; j < EACH_RUN; j++)
			LAUNCH(k, read_words, a, cuda_blocks(k, a.n, THREADS),
			    1, 1, THREADS, 0);
		t = (now(k) - start) / EACH_RUN;
		best = t < best ? t : best;
	}
	return best;
}

static double
seconds_of_product(struct kernels *k, void *memory, enum dtype type,
    size_t side)
{
	char *p = (char *)memory;
	double best = 1e9;

	for (int i = 0; i <= RUNS; i++) {
		double start = now(k), t;

		for (int j = 0; j < EACH_RUN; j++)
			cuda_matmul(k, p, DTYPE_F32, p + side * side * 4,
			    p + side * side * 8, NULL, NULL, type, side, side,
			    side);
		t = (now(k) - start) / EACH_RUN;
		best = t < best ? t : best;
	}
	return best;
}

int
cuda_probe(struct kernels *k, struct kernel_limits *limits, enum dtype type,
    size_t bytes)
{
	size_t side = ((struct cuda *)k)->processors < MANY ? SMALL : SIDE;
	size_t room = 3 * side * side * sizeof(float);
	struct reading a;

	bytes = (bytes < MOST ? bytes : MOST) / 4 * 4 + 4;
	a.in = a.out = (uint32_t *)runtime_alloc(k, bytes > room ? bytes :
	    room);
	if (a.out == NULL)
		return -1;
	a.n = (bytes > room ? bytes : room) / 4;
	LAUNCH(k, fill_words, a, cuda_blocks(k, a.n, THREADS), 1, 1, THREADS,
	    0);
	a.n = bytes / 4;
	limits->bytes = (double)bytes / seconds_of_reading(k, &a);
	limits->flops = 2.0 * (double)side * (double)side * (double)side /
	    seconds_of_product(k, a.out, type, side);
	runtime_free(k, a.out);
	return 0;
}
