#ifndef KERNELS_CUDA_PACKED_H
#define KERNELS_CUDA_PACKED_H

/*
 * Where rows of a packed batch belong, and the layout of a page of the
 * key-value cache: head by head, KV_PAGE keys of D elements, then the values.
 */
#include "kernels/batch.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"

/*
 * Rows are worked on by tiles of up to n rows of one sequence.  Sequence s has
 * the tiles from packed_tile(b, s, n) on, some of them empty, so that nobody
 * has to count: start/n + s grows by no less than a sequence needs.
 */
DEVICE size_t
packed_tile(const struct batch *b, size_t s, size_t n)
{
	return b->start[s] / n + s;
}

/* Tiles of all sequences. */
static inline size_t
packed_tiles(const struct batch *b, size_t n)
{
	return b->rows / n + b->sequences;
}

/* Whose tile it is; *first is its first row within the sequence. */
DEVICE size_t
packed_of_tile(const struct batch *b, size_t tile, size_t n, size_t *first)
{
	size_t low = 0, high = b->sequences;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (packed_tile(b, middle, n) <= tile)
			low = middle;
		else
			high = middle;
	}
	*first = (tile - packed_tile(b, low, n)) * n;
	return low;
}

/* The index in the cache of the key at position p of sequence s, head g. */
DEVICE size_t
packed_key(const struct batch *b, const struct attention_shape *a, size_t s,
    size_t p, size_t g)
{
	size_t page = b->pages[s * b->max_pages + p / KV_PAGE];

	return ((page * a->kv_heads + g) * 2 * KV_PAGE + p % KV_PAGE) *
	    a->head_dim;
}

/* From a key's index to its value's. */
#define PACKED_VALUE(a) (KV_PAGE * (a)->head_dim)

#endif
