#ifndef KERNELS_TILE_H
#define KERNELS_TILE_H

/*
 * Small products of a few rows with a block, all that attention computes:
 * each element is a sum over k in ascending order, whatever rows and columns
 * are computed beside it.  Columns come in groups of 16.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/vec.h"

#define TILE_ROWS 4

/*
 * The right side, in words of 32 bits: a float (F32), or (BF16) the elements k
 * and k+1, k even.  Word i of column n is at words + i·row + n.
 */
struct tile_block {
	const uint32_t *words;
	size_t row;
	const uint32_t *soon; /* as many words that are read next, or NULL */
};

/*
 * out[r][n] += Σ_k a[r][k] · block[k][n] for rows r < R <= TILE_ROWS, k < K
 * and n < 16·groups.  Word i of a[r] is at a[r] + 4·i·stride.  Where K is odd
 * and two elements share a word, the block's last may be anything, a's finite.
 */
void ISA_NAME(tile_product)(float *const *out, const void *const *a,
    size_t stride, const struct tile_block *block, enum dtype type, size_t R,
    size_t K, size_t groups);

/*
 * words, whose row is ${width} words: the first n rows of the transpose of a
 * block, of ${columns} columns.  Where elements share a word and n or columns
 * is odd, what is beyond n is 0 and one column more is written.
 */
void ISA_NAME(tile_transpose)(uint32_t *words, size_t width,
    const struct tile_block *in, enum dtype type, size_t n, size_t columns);

/* The keys of a page as (D, KV_PAGE), its values as (KV_PAGE, W) from p on. */
static inline struct tile_block
tile_keys(const void *keys)
{
	return (struct tile_block){keys, KV_PAGE, NULL};
}

/* p is even. */
static inline struct tile_block
tile_values(const void *keys, enum dtype type, size_t D, size_t p)
{
	const uint32_t *words = kv_values(keys, type, D);
	size_t width = kv_padded(D);

	return (struct tile_block){words + p / kv_pair(type) * width, width,
	    NULL};
}

#endif
