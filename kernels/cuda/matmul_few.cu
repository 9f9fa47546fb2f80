/*
 * Products with few rows, as decode has them: all there is to do is to read the
 * weights once, which the library's algorithm for many rows does with too few
 * blocks.  A warp has 16 of the N weights' rows and keeps many loads in flight.
 * Its sums over K are what tensor cores give step by step from 0 on.  Nothing
 * promises that the library's are the same, so each shape is tried first: it is
 * computed here only where thousands of sums agree with the library's in every
 * bit.
 */
#include "kernels/cuda/cuda.h"

#include <stdlib.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/few.h"
#include "kernels/cuda/tensorcore.h"

#define TILE 16
#define STEP 64    /* of K, in a stage */
#define STAGES 12
#define STRIDE (STEP + 8)
#define STAGE ((TILE + FEW_ROWS) * STRIDE)
#define TRIED 64   /* rows that the library is asked for */

struct few {
	void *out;
	const uint16_t *in, *weight;
	const float *bias, *addend;
	enum dtype out_type;
	size_t M, N, K;
};

/* The step at k of the weights' rows from n on, and of all rows. */
DEVICE void
load(uint16_t *stage, const struct few *f, size_t n, size_t k)
{
	size_t rows = f->N - n < TILE ? f->N - n : TILE;

	for (size_t i = threadIdx.x; i < rows * STEP / 8; i += WARP) {
		size_t row = i / (STEP / 8), at = i % (STEP / 8) * 8;

		tensor_copy(stage + row * STRIDE + at,
		    f->weight + (n + row) * f->K + k + at);
	}
	for (size_t i = threadIdx.x; i < f->M * STEP / 8; i += WARP) {
		size_t row = i / (STEP / 8), at = i % (STEP / 8) * 8;

		tensor_copy(stage + (TILE + row) * STRIDE + at,
		    f->in + row * f->K + k + at);
	}
}

/* sum (weights' rows, rows) of a stage; rows beyond M may be anything. */
DEVICE void
add(float sum[2][4], const uint16_t *stage)
{
	size_t lane = threadIdx.x % WARP;

	UNROLL
	for (size_t k = 0; k < STEP; k += 16) {
		uint32_t a[4], b[4];

		tensor_load(a, stage + lane % 16 * STRIDE + k + lane / 16 * 8);
		tensor_load(b, stage + (TILE + lane / 16 * 8 + lane % 8) *
		    STRIDE + k + lane / 8 % 2 * 8);
		tensor_multiply(sum[0], a, b);
		tensor_multiply(sum[1], a, b + 2);
	}
}

DEVICE void
store(const struct few *f, float sum[2][4], size_t n)
{
	UNROLL
	for (size_t i = 0; i < 8; i++) {
		size_t column = n + threadIdx.x / 4 % 8 + i % 4 / 2 * 8;
		size_t m = i / 4 * 8 + threadIdx.x % 4 * 2 + i % 2;
		float x = sum[i / 4][i % 4];

		if (column >= f->N || m >= f->M)
			continue;
		if (f->bias != NULL)
			x += f->bias[column];
		if (f->addend != NULL)
			x += f->addend[m * f->N + column];
		element_store(f->out, f->out_type, m * f->N + column, x);
	}
}

KERNEL(multiply_few, few)
{
	DYNAMIC(memory);
	uint16_t *stages = (uint16_t *)(void *)memory;
	size_t n = (size_t)blockIdx.x * TILE;
	float sum[2][4] = {{0}};

	UNROLL
	for (size_t i = 0; i < STAGES - 1; i++) {
		if (i * STEP < a.K)
			load(stages + i * STAGE, &a, n, i * STEP);
		tensor_copies_end();
	}
	for (size_t i = 0; i * STEP < a.K; i++) {
		size_t next = i + STAGES - 1;

		tensor_copies_wait(STAGES - 2);
		SYNC();
		if (next * STEP < a.K)
			load(stages + next % STAGES * STAGE, &a, n,
			    next * STEP);
		tensor_copies_end();
		add(sum, stages + i % STAGES * STAGE);
	}
	store(&a, sum, n);
}

static void
run(struct kernels *k, struct few *f)
{
	LAUNCH(k, multiply_few, *f, (f->N + TILE - 1) / TILE, 1, 1, WARP,
	    STAGES * STAGE * sizeof(uint16_t));
}

/* n values in [-1, 1), of few bits, on the device. */
static void *
random_new(struct kernels *k, size_t n, enum dtype type)
{
	void *out = runtime_alloc(k, n * dtype_bytes(type));
	float *host = (float *)malloc(n * sizeof(*host));

	for (size_t i = 0; host != NULL && i < n; i++) {
		struct draw d = {n, i, 0, 0};

		host[i] = 2 * (float)philox_uniform(&d) - 1;
	}
	if (host != NULL && out != NULL)
		cuda_convert(k, out, type, host, DTYPE_F32, n);
	free(host);
	return out;
}

int
few_same(struct kernels *k, const void *a, const void *b, size_t n)
{
	char *x = (char *)malloc(n), *y = (char *)malloc(n);
	int r = 0;

	if (x != NULL && y != NULL) {
		runtime_copy(k, x, a, n);
		runtime_copy(k, y, b, n);
		r = memcmp(x, y, n) == 0;
	}
	free(x);
	free(y);
	return r;
}

/* Whether random rows by these weights come out as the library has them. */
static int
agrees(struct kernels *k, const struct few *f)
{
	size_t bytes = f->N * dtype_bytes(f->out_type);
	void *in = random_new(k, TRIED * f->K, DTYPE_BF16);
	float *addend = f->addend == NULL ? NULL :
	    (float *)random_new(k, TRIED * f->N, DTYPE_F32);
	void *theirs = runtime_alloc(k, TRIED * bytes);
	void *ours = runtime_alloc(k, FEW_ROWS * bytes);
	struct few try_it = *f;
	int r = 0;

	try_it.M = FEW_ROWS;
	try_it.out = ours;
	try_it.in = (const uint16_t *)in;
	try_it.addend = addend;
	if (in != NULL && (addend != NULL || f->addend == NULL) &&
	    theirs != NULL && ours != NULL &&
	    runtime_matmul(k, theirs, f->out_type, in, f->weight, f->bias,
	    addend, DTYPE_BF16, TRIED, f->N, f->K) == 0) {
		run(k, &try_it);
		r = few_same(k, ours, theirs, FEW_ROWS * bytes);
	}
	runtime_free(k, in);
	runtime_free(k, addend);
	runtime_free(k, theirs);
	runtime_free(k, ours);
	return r;
}

/* What was tried before; NULL: there is no room for more. */
static const struct few_shape *
tried(struct kernels *k, const struct few *f)
{
	struct cuda *c = (struct cuda *)k;
	struct few_shape *s = c->few;

	for (; s < c->few + c->few_count; s++)
		if (s->N == f->N && s->K == f->K &&
		    s->out_type == f->out_type &&
		    s->bias == (f->bias != NULL) &&
		    s->addend == (f->addend != NULL))
			return s;
	if (c->few_count == FEW_SHAPES)
		return NULL;
	c->few_count++;
	s->N = f->N;
	s->K = f->K;
	s->out_type = f->out_type;
	s->bias = f->bias != NULL;
	s->addend = f->addend != NULL;
	s->agrees = agrees(k, f);
	return s;
}

int
few_matmul(struct kernels *k, void *out, enum dtype out_type, const void *in,
    const void *weight, const float *bias, const float *addend,
    enum dtype type, size_t M, size_t N, size_t K)
{
	struct few f = {out, (const uint16_t *)in, (const uint16_t *)weight,
	    bias, addend, out_type, M, N, K};
	const struct few_shape *s;

	if (M > FEW_ROWS || type != DTYPE_BF16 || K % STEP != 0 ||
	    !few_aligned(out, in, weight, bias, addend))
		return -1;
	s = tried(k, &f);
	if (s == NULL || !s->agrees)
		return -1;
	run(k, &f);
	return 0;
}
