#ifndef KERNELS_CUDA_ATTEND_H
#define KERNELS_CUDA_ATTEND_H

/*
 * What attention forward and backward share.  A block has a tile: up to
 * so many rows, (position, query head of one group) with heads fastest, of
 * one sequence.
 */
#include "kernels/cuda/packed.h"

#define ATTEND_ROWS 16 /* of a tile without tensor cores */
#define ATTEND_MOST 256 /* D */
#define ATTEND_STEP 64 /* positions of a step, of one page or several */

struct attend_shape {
	struct attention_shape shape;
	struct batch b;
	enum dtype type;
	float scale;
	size_t group;     /* query heads of a key-value head */
	size_t heads;     /* of them, that a tile has */
	size_t positions; /* that a tile has */
};

/* Tiles of up to `rows` rows. */
static inline struct attend_shape
attend_begin(enum dtype type, const struct attention_shape *shape,
    const struct batch *b, size_t rows)
{
	struct attend_shape a = {*shape, *b, type,
	    1.0f / sqrtf((float)shape->head_dim),
	    shape->heads / shape->kv_heads, 0, 0};

	a.heads = a.group < rows ? a.group : rows;
	a.positions = rows / a.heads;
	return a;
}

/* Tiles that one group's heads take. */
static inline size_t
attend_chunks(const struct attend_shape *a)
{
	return (a->group + a->heads - 1) / a->heads;
}

struct attend_tile {
	size_t s, g;     /* sequence, key-value head */
	size_t row;      /* its first position's row in the batch */
	size_t position; /* of that */
	size_t head, heads; /* its first query head; heads */
	size_t n;        /* rows; 0: an empty tile */
};

/* Tile `tile`; `lane`: which key-value head and which chunk of its heads. */
DEVICE struct attend_tile
attend_tile(const struct attend_shape *a, size_t tile, size_t lane)
{
	size_t chunks = (a->group + a->heads - 1) / a->heads, first, rows;
	size_t s = packed_of_tile(&a->b, tile, a->positions, &first);
	struct attend_tile t = {s, lane / chunks, 0, 0, 0, 0, 0};

	rows = a->b.start[s + 1] - a->b.start[s];
	rows = first < rows ? rows - first : 0;
	rows = rows < a->positions ? rows : a->positions;
	t.heads = a->group - lane % chunks * a->heads;
	t.heads = t.heads < a->heads ? t.heads : a->heads;
	t.head = t.g * a->group + lane % chunks * a->heads;
	t.row = a->b.start[s] + first;
	t.position = a->b.first[s] + first;
	t.n = rows * t.heads;
	return t;
}

/* (t, h) of row r as t·H + h. */
DEVICE size_t
attend_row(const struct attend_shape *a, const struct attend_tile *t, size_t r)
{
	return (t->row + r / t->heads) * a->shape.heads + t->head +
	    r % t->heads;
}

/* Positions that row r reads. */
DEVICE size_t
attend_reads(const struct attend_tile *t, size_t r)
{
	return t->position + r / t->heads + 1;
}

/* The tile's rows of in (T, H·D) to out (ATTEND_ROWS, D). */
DEVICE void
attend_load_rows(float *out, const struct attend_shape *a,
    const struct attend_tile *t, const void *in, enum dtype type)
{
	size_t D = a->shape.head_dim;

	EACH_OF_BLOCK(i, t->n * D)
		out[i] = element_load(in, type, attend_row(a, t, i / D) * D +
		    i % D);
}

/*
 * n keys, or values, at the positions from p on, to out (n, D + 1): neighbours
 * then lie in different banks.
 */
DEVICE void
attend_load_keys(float *out, const struct attend_shape *a, size_t s, size_t g,
    size_t p, size_t n, const void *cache, int values)
{
	size_t D = a->shape.head_dim;

	EACH_OF_BLOCK(i, n * D)
		out[i / D * (D + 1) + i % D] = element_load(cache, a->type,
		    packed_key(&a->b, &a->shape, s, p + i / D, g) +
		    (values ? PACKED_VALUE(&a->shape) : 0) + i % D);
}

DEVICE float
attend_dot(const float *x, const float *y, size_t D)
{
	float sum = 0;

	for (size_t d = 0; d < D; d++)
		sum = fmaf(x[d], y[d], sum);
	return sum;
}

#endif
