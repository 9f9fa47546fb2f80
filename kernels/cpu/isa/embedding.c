/* Rows picked by index: embeddings, gather, and their additions back. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

#include <omp.h>

INLINE void
embedding_row(float *out, const void *row, enum dtype type, size_t C)
{
	STEPS(c, C, vf_store_n(out + c, typed_load(row, type, c, lanes),
	    lanes));
}

void
ISA_NAME(embedding_forward)(struct kernels *k, float *out,
    const int32_t *tokens, const void *table, enum dtype type, size_t T,
    size_t C)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (T * C > PARALLEL_MIN * 4)
	for (size_t t = 0; t < T; t++) {
		const void *row = typed_at(table, type, (size_t)tokens[t] * C);

		if (type == DTYPE_BF16)
			embedding_row(out + t * C, row, DTYPE_BF16, C);
		else
			embedding_row(out + t * C, row, DTYPE_F32, C);
	}
}

static void
add_row(float *out, const float *in, size_t n)
{
	STEPS(c, n, vf_store_n(out + c, vf_load_n(out + c, lanes, 0.0f) +
	    vf_load_n(in + c, lanes, 0.0f), lanes));
}

/* A thread owns columns, so that equal indices add up in row order. */
void
ISA_NAME(scatter_add)(struct kernels *k, float *out, const float *in,
    const uint32_t *index, size_t R, size_t C)
{
	size_t strips = (C + LANES - 1) / LANES;

#pragma omp parallel num_threads(k->threads) if (R * C > PARALLEL_MIN * 4)
	{
		size_t n = (size_t)omp_get_num_threads();
		size_t id = (size_t)omp_get_thread_num();
		size_t from = strips * id / n * LANES;
		size_t to = strips * (id + 1) / n * LANES;

		if (to > C)
			to = C;
		for (size_t r = 0; r < R; r++)
			add_row(out + (size_t)index[r] * C + from,
			    in + r * C + from, to - from);
	}
}

/* A token is an index: int32_t and uint32_t may alias, and none is below 0. */
void
ISA_NAME(embedding_backward)(struct kernels *k, float *dtable,
    const float *dout, const int32_t *tokens, size_t T, size_t C)
{
	ISA_NAME(scatter_add)(k, dtable, dout, (const uint32_t *)tokens, T, C);
}

void
ISA_NAME(gather)(struct kernels *k, float *out, const float *in,
    const uint32_t *index, size_t R, size_t C)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (R * C > PARALLEL_MIN * 4)
	for (size_t r = 0; r < R; r++)
		memcpy(out + r * C, in + (size_t)index[r] * C,
		    C * sizeof(*out));
}
