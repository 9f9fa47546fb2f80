#ifndef KERNELS_CUDA_ATTEND_TENSOR_H
#define KERNELS_CUDA_ATTEND_TENSOR_H

/*
 * What attention on tensor cores shares, forward and backward: bfloat16 and
 * head_dim D of 64 or 128, a constant wherever it is an argument here.
 * Matrices in shared memory have rows of ATTEND_STRIDE(D) elements, so that
 * eight of them lie in different banks.
 */
#include "kernels/cuda/attend.h"
#include "kernels/cuda/tensorcore.h"

#define ATTEND_WARPS 4
#define ATTEND_THREADS (ATTEND_WARPS * WARP)
#define ATTEND_TILE 16 /* rows of a warp */
#define ATTEND_WIDEST 128 /* D */
#define ATTEND_STRIDE(D) ((D) + 8)
#define ATTEND_LOG2E 1.44269504f
#define ATTEND_LN2 0.693147181f

/* Whether there are such kernels for it. */
static inline int
attend_tensor(enum dtype type, const struct attention_shape *shape)
{
	return type == DTYPE_BF16 &&
	    (shape->head_dim == 64 || shape->head_dim == 128);
}

/* The forward, where there is. */
void cuda_attention_forward_tensor(struct kernels *k, void *out, float *lse,
    const void *q, const void *cache, const struct attention_shape *shape,
    const struct batch *b);

/* Bytes of shared memory of so many rows. */
static inline size_t
attend_bytes(size_t rows, size_t D)
{
	return rows * ATTEND_STRIDE(D) * sizeof(uint16_t);
}

/* Row `row` of a matrix in shared memory from 8·n elements, or zeros. */
DEVICE void
attend_copy_row(uint16_t *to, const uint16_t *from, size_t chunk)
{
	if (from != NULL) {
		tensor_copy(to + chunk * 8, from + chunk * 8);
		return;
	}
	UNROLL
	for (size_t i = 0; i < 4; i++)
		((uint32_t *)(void *)(to + chunk * 8))[i] = 0;
}

/*
 * The keys, then the values, of the step at position p, of which n are read, to
 * out (2, ATTEND_STEP, D); what is not read is zero.
 */
DEVICE void
attend_copy_step(uint16_t *out, const struct attend_shape *a, size_t s,
    size_t g, size_t p, size_t n, const uint16_t *cache, size_t D)
{
	size_t chunks = D / 8;

	UNROLL
	for (size_t i = 0; i < 2 * ATTEND_STEP * chunks / ATTEND_THREADS;
	    i++) {
		size_t at = i * ATTEND_THREADS + threadIdx.x;
		size_t row = at / chunks, j = row % ATTEND_STEP;
		const uint16_t *from = NULL;

		if (j < n)
			from = cache + packed_key(&a->b, &a->shape, s, p + j,
			    g) + row / ATTEND_STEP * PACKED_VALUE(&a->shape);
		attend_copy_row(out + row * ATTEND_STRIDE(D), from,
		    at % chunks);
	}
}

/*
 * A warp's rows of in (T, H·D) as products read them: dimensions 16k … of the
 * elements from `at` on (NULL: zeros), of rows g and g + 8.
 */
DEVICE void
attend_fragment(uint32_t out[4], const uint16_t *first, const uint16_t *second,
    size_t k)
{
	size_t d = k * 16 + threadIdx.x % 4 * 2;

	UNROLL
	for (size_t i = 0; i < 4; i++) {
		const uint16_t *row = i % 2 == 0 ? first : second;

		out[i] = row == NULL ? 0 :
		    *(const uint32_t *)(const void *)(row + d + i / 2 * 8);
	}
}

/* The same of fp32, rounded. */
DEVICE void
attend_fragment_float(uint32_t out[4], const float *first, const float *second,
    size_t k)
{
	size_t d = k * 16 + threadIdx.x % 4 * 2;

	UNROLL
	for (size_t i = 0; i < 4; i++) {
		const float *row = i % 2 == 0 ? first : second;

		out[i] = row == NULL ? 0 : tensor_pair(row[d + i / 2 * 8],
		    row[d + i / 2 * 8 + 1]);
	}
}

/* The same of a matrix in shared memory: its rows `row` … row + 15. */
DEVICE void
attend_fragment_shared(uint32_t out[4], const uint16_t *in, size_t row,
    size_t k, size_t D)
{
	size_t lane = threadIdx.x % WARP;

	tensor_load(out, in + (row + lane % 16) * ATTEND_STRIDE(D) + k * 16 +
	    lane / 16 * 8);
}

/* s (16, 8n) += a (16, 16) · dimensions 16k … of in's first 8n rows. */
DEVICE void
attend_scores(float (*s)[4], const uint32_t a[4], const uint16_t *in, size_t k,
    size_t n, size_t D)
{
	size_t lane = threadIdx.x % WARP;

	UNROLL
	for (size_t i = 0; i < n; i += 2) {
		uint32_t b[4];

		tensor_load(b, in + (i * 8 + lane / 16 * 8 + lane % 8) *
		    ATTEND_STRIDE(D) + k * 16 + lane / 8 % 2 * 8);
		tensor_multiply(s[i], a, b);
		tensor_multiply(s[i + 1], a, b + 2);
	}
}

/* sum (16, 16) += weights (16, 16n) · columns d … d + 15 of in (16n, D). */
DEVICE void
attend_sums(float (*sum)[4], uint32_t (*weights)[4], const uint16_t *in,
    size_t n, size_t d, size_t D)
{
	size_t lane = threadIdx.x % WARP;

	UNROLL
	for (size_t k = 0; k < n; k++) {
		uint32_t b[4];

		tensor_load_transposed(b, in + (k * 16 + lane % 16) *
		    ATTEND_STRIDE(D) + d + lane / 16 * 8);
		tensor_multiply(sum[0], weights[k], b);
		tensor_multiply(sum[1], weights[k], b + 2);
	}
}

/* Weights (16, 16n) as products read them, from s as they wrote it. */
DEVICE void
attend_weights(uint32_t (*weights)[4], float (*s)[4], size_t n)
{
	UNROLL
	for (size_t k = 0; k < n; k++)
		UNROLL
		for (size_t i = 0; i < 4; i++)
			weights[k][i] = tensor_pair(
			    s[2 * k + i / 2][i % 2 * 2],
			    s[2 * k + i / 2][i % 2 * 2 + 1]);
}

#endif
