#ifndef KERNELS_BENCH_H
#define KERNELS_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/kernels.h"

/* What the kernels' benches share: the clock, numbers to work on, a line. */

#define BENCH_SECONDS 0.03 /* spent on a figure, three runs at least */

static inline double
bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Set `least` to the seconds of the fastest of several runs of `call`. */
#define BENCH_LEAST(least, call) do { \
	double begin_ = bench_now(), at_ = begin_; \
	(least) = 1e9; \
	call; \
	for (int run_ = 0; run_ < 3 || at_ - begin_ < BENCH_SECONDS; run_++) { \
		double start_ = bench_now(); \
		call; \
		at_ = bench_now(); \
		(least) = at_ - start_ < (least) ? at_ - start_ : (least); \
	} \
} while (0)

/* "cpu" or "cuda[:N]"; NULL: the reason is printed. */
static inline struct kernels *
bench_open(const char *device, int threads)
{
	struct kernels *k;
	char why[512] = "no memory";

	if (strncmp(device, "cuda", 4) == 0)
		k = kernels_cuda(device[4] == ':' ? atoi(device + 5) : 0, why,
		    sizeof(why));
	else
		k = kernels_cpu(threads);
	if (k == NULL)
		fprintf(stderr, "%s: %s\n", device, why);
	return k;
}

static inline const char *
bench_type(enum dtype type)
{
	return type == DTYPE_BF16 ? "bf16" : "f32";
}

/* Numbers within ±scale. */
static inline void
bench_fill(float *p, size_t n, float scale)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		p[i] = scale * (float)(int32_t)(seed >> 32) / 2147483648.0f;
	}
}

/* A line of JSON.  flops or bytes 0: the operation is not judged by them. */
static inline void
bench_line(const char *bench, const char *op, enum dtype type,
    const char *shape, double flops, double bytes, double seconds)
{
	printf("{\"bench\":\"%s\",\"op\":\"%s\",\"type\":\"%s\","
	    "\"shape\":\"%s\",\"us\":%.2f", bench, op, bench_type(type), shape,
	    seconds * 1e6);
	if (flops > 0)
		printf(",\"gflops\":%.2f", flops / seconds * 1e-9);
	if (bytes > 0)
		printf(",\"gbs\":%.2f", bytes / seconds * 1e-9);
	printf("}\n");
}

#endif
