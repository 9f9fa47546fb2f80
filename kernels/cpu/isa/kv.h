#ifndef KERNELS_KV_H
#define KERNELS_KV_H

/*
 * The private layout of a page of the key-value cache: KV_PAGE positions of
 * all G heads, head by head, a head's keys and then its values.
 *
 * keys    F32: (D, KV_PAGE); BF16: (D/2, KV_PAGE, 2), so that two dimensions
 *         of one position share a word, as the bfloat16 dot product wants them
 * values  F32: (KV_PAGE, W), W = D rounded up to 16; BF16: (KV_PAGE/2, W, 2):
 *         two positions share a word.
 *
 * Positions are the vector dimension of keys, dimensions that of values:
 * scores and weighted sums are both sums of broadcast times row.
 */
#include <stddef.h>

#include "kernels/kernels.h"

static inline size_t
kv_padded(size_t D)
{
	return (D + 15) / 16 * 16;
}

/* Elements of a sum that share a word of 32 bits. */
static inline size_t
kv_pair(enum dtype type)
{
	return type == DTYPE_BF16 ? 2 : 1;
}

/* The index of dimension d of the key and of the value at position p. */
static inline size_t
kv_key_index(enum dtype type, size_t p, size_t d)
{
	size_t n = kv_pair(type);

	return (d / n * KV_PAGE + p) * n + d % n;
}

static inline size_t
kv_value_index(enum dtype type, size_t D, size_t p, size_t d)
{
	size_t n = kv_pair(type);

	return (p / n * kv_padded(D) + d) * n + p % n;
}

static inline size_t
kv_head_bytes(enum dtype type, size_t D)
{
	return KV_PAGE * (D + kv_padded(D)) * dtype_bytes(type);
}

/* Head g's keys in the page that holds position p of sequence s. */
static inline void *
kv_keys(const void *cache, enum dtype type, const struct attention_shape *a,
    const struct batch *b, size_t s, size_t p, size_t g)
{
	size_t page = b->pages[s * b->max_pages + p / KV_PAGE];

	return (char *)cache + (page * a->kv_heads + g) *
	    kv_head_bytes(type, a->head_dim);
}

/* The values that follow those keys. */
static inline void *
kv_values(const void *keys, enum dtype type, size_t D)
{
	return (char *)keys + KV_PAGE * D * dtype_bytes(type);
}

#endif
