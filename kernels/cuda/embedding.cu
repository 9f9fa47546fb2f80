/* Rows picked by index: embeddings, gather, and their additions back. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"
#include "kernels/cuda/reduce.h"

#define THREADS 256

struct rows {
	float *out;
	const void *in;
	enum dtype type;
	const uint32_t *index;
	size_t R, C;
};

/* A block has a row. */
KERNEL(pick, rows)
{
	size_t r = blockIdx.x, from = (size_t)a.index[r] * a.C;

	EACH_OF_BLOCK(c, a.C)
		a.out[r * a.C + c] = element_load(a.in, a.type, from + c);
}

/* The first row at or behind r with this index; R if there is none. */
DEVICE size_t
next_row(const uint32_t *index, size_t r, size_t R, uint32_t want)
{
	while (r < R && index[r] != want)
		r++;
	return r;
}

/*
 * Rows with the same index belong to the block of the first of them, which adds
 * them up in their order.
 */
KERNEL(add, rows)
{
	size_t r = blockIdx.x;
	uint32_t want = a.index[r];
	const float *in = (const float *)a.in;
	float later = 0;

	EACH_OF_BLOCK(i, r)
		if (a.index[i] == want)
			later = 1;
	later = reduce_max(later);
	for (; later == 0 && r < a.R; r = next_row(a.index, r + 1, a.R, want))
		EACH_OF_BLOCK(c, a.C)
			a.out[(size_t)want * a.C + c] += in[r * a.C + c];
}

/* A token is an index: int32_t and uint32_t may alias, and none is below 0. */
void
cuda_embedding_forward(struct kernels *k, float *out, const int32_t *tokens,
    const void *table, enum dtype type, size_t T, size_t C)
{
	struct rows a = {out, table, type, (const uint32_t *)tokens, T, C};

	LAUNCH(k, pick, a, T, 1, 1, THREADS, 0);
}

void
cuda_embedding_backward(struct kernels *k, float *dtable, const float *dout,
    const int32_t *tokens, size_t T, size_t C)
{
	cuda_scatter_add(k, dtable, dout, (const uint32_t *)tokens, T, C);
}

void
cuda_gather(struct kernels *k, float *out, const float *in,
    const uint32_t *index, size_t R, size_t C)
{
	struct rows a = {out, in, DTYPE_F32, index, R, C};

	LAUNCH(k, pick, a, R, 1, 1, THREADS, 0);
}

void
cuda_scatter_add(struct kernels *k, float *out, const float *in,
    const uint32_t *index, size_t R, size_t C)
{
	struct rows a = {out, in, DTYPE_F32, index, R, C};

	LAUNCH(k, add, a, R, 1, 1, THREADS, 0);
}

struct picks {
	int32_t *tokens;
	const int32_t *drawn;
	const uint32_t *from;
	size_t T;
};

KERNEL(pick_drawn, picks)
{
	EACH(t, a.T)
		if (a.from[t] != UINT32_MAX)
			a.tokens[t] = a.drawn[a.from[t]];
}

void
cuda_pick_tokens(struct kernels *k, int32_t *tokens, const int32_t *drawn,
    const uint32_t *from, size_t T)
{
	struct picks a = {tokens, drawn, from, T};

	LAUNCH(k, pick_drawn, a, (T + THREADS - 1) / THREADS, 1, 1, THREADS,
	    0);
}
