#ifndef KERNELS_CUDA_ATTEND_BACKWARD_H
#define KERNELS_CUDA_ATTEND_BACKWARD_H

/*
 * What attention's backward shares, with and without tensor cores: a block has
 * a tile of rows (attend.h), or a tile of keys of one sequence, which are read
 * by its own rows and by those of sequences that go on behind it.
 */
#include "kernels/cuda/attend.h"

struct attend_backward {
	float *dqkv, *delta; /* delta (T, H) = rowsum(dout ∘ out) */
	const float *dout;
	const void *out;
	const float *lse;
	const void *q, *cache;
	struct attend_shape shape;
};

/* On tensor cores, with delta known. */
void cuda_attention_backward_tensor(struct kernels *k,
    const struct attend_backward *f);

/* Where the gradients of row t's queries, and of what follows, begin. */
DEVICE size_t
attend_gradient(const struct attend_backward *f, size_t t)
{
	const struct attention_shape *s = &f->shape.shape;

	return t * (s->heads + 2 * s->kv_heads) * s->head_dim;
}

/* Whether what sequence s has is read by sequence x. */
DEVICE int
attend_reads_from(const struct batch *b, size_t x, size_t s)
{
	while (x > s && b->parent[x] != x)
		x = b->parent[x];
	return x == s;
}

/* n keys and values of sequence s, whose first is its row `first`. */
struct attend_keys {
	size_t s, g, first, position, n;
};

/* Tile `tile` of up to `most` keys of head g; n is 0 in an empty one. */
DEVICE struct attend_keys
attend_keys(const struct attend_backward *f, size_t tile, size_t g, size_t most)
{
	const struct batch *b = &f->shape.b;
	struct attend_keys k = {0, g, 0, 0, 0};
	size_t rows;

	k.s = packed_of_tile(b, tile, most, &k.first);
	rows = b->start[k.s + 1] - b->start[k.s];
	k.n = k.first < rows ? rows - k.first : 0;
	k.n = k.n < most ? k.n : most;
	k.position = b->first[k.s] + k.first;
	return k;
}

/* The gradient of key j; its value's is G·D behind. */
DEVICE float *
attend_key_gradient(const struct attend_backward *f,
    const struct attend_keys *k, size_t j)
{
	const struct attention_shape *s = &f->shape.shape;

	return f->dqkv + attend_gradient(f, f->shape.b.start[k->s] +
	    k->first + j) + (s->heads + k->g) * s->head_dim;
}

/* Rows i … i+n-1, (position, head of the group), of sequence x. */
struct attend_rows {
	size_t x, i, n;
};

/* (t, h) of the r-th of them, as t·H + h. */
DEVICE size_t
attend_row_of(const struct attend_backward *f, const struct attend_keys *k,
    const struct attend_rows *rows, size_t r)
{
	size_t i = rows->i + r, group = f->shape.group;

	return (f->shape.b.start[rows->x] + i / group) *
	    f->shape.shape.heads + k->g * group + i % group;
}

/* Whether the r-th of them reads key j. */
DEVICE int
attend_sees(const struct attend_backward *f, const struct attend_keys *k,
    const struct attend_rows *rows, size_t r, size_t j)
{
	return k->position + j <= f->shape.b.first[rows->x] +
	    (rows->i + r) / f->shape.group;
}

#endif
