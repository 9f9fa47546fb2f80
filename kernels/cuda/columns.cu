/* Sums over rows: parts of some rows each, then the parts in their order. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"

#define THREADS 128
#define ROWS 64 /* of a part */

struct addition {
	float *out;
	const float *parts;
	size_t n, C;
};

KERNEL(add_parts, addition)
{
	EACH(c, a.C) {
		float sum = a.out[c];

		for (size_t i = 0; i < a.n; i++)
			sum += a.parts[i * a.C + c];
		a.out[c] = sum;
	}
}

void
cuda_add_parts(struct kernels *k, float *out, const float *parts, size_t n,
    size_t C)
{
	struct addition a = {out, parts, n, C};

	LAUNCH(k, add_parts, a, cuda_blocks(k, C, THREADS), 1, 1, THREADS, 0);
}

struct sums {
	float *parts; /* (·, C) */
	const void *in;
	enum dtype type;
	size_t T, C;
};

KERNEL(sum_rows, sums)
{
	size_t first = (size_t)blockIdx.y * ROWS;
	size_t end = a.T - first < ROWS ? a.T : first + ROWS;

	EACH(c, a.C) {
		float sum = 0;

		for (size_t t = first; t < end; t++)
			sum += element_load(a.in, a.type, t * a.C + c);
		a.parts[(size_t)blockIdx.y * a.C + c] = sum;
	}
}

void
cuda_bias_backward(struct kernels *k, float *dbias, const void *dout,
    enum dtype type, size_t M, size_t N)
{
	size_t parts = (M + ROWS - 1) / ROWS;
	struct sums a = {NULL, dout, type, M, N};

	if (M == 0)
		return;
	a.parts = (float *)cuda_scratch(k, parts * N * sizeof(float));
	LAUNCH(k, sum_rows, a, (N + THREADS - 1) / THREADS, parts, 1, THREADS,
	    0);
	cuda_add_parts(k, dbias, a.parts, parts, N);
}
