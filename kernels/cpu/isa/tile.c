/*
 * The register tiles of attention.  Accumulators of R rows by C vectors of the
 * machine's own width; R and C are constants once the templates are inlined.
 */
#include "kernels/cpu/isa/tile.h"

#ifdef ISA_avx512
#include <immintrin.h>
#define WIDTH 16
#define MAX_GROUPS 4
#elif defined(ISA_avx2)
#define WIDTH 8
#define MAX_GROUPS 1
#else
#define WIDTH 4
#define MAX_GROUPS 1
#endif

#define TEMPLATE static inline __attribute__((always_inline)) void
#define VECTORS (LANES / WIDTH) /* in a group of 16 columns */
#define MAX_VECTORS (MAX_GROUPS * VECTORS)
#define UNROLL _Pragma("GCC unroll 8")

typedef float tv __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t tu __attribute__((vector_size(4 * WIDTH)));

/* acc + the product, or those of two pairs of bfloat16, in each word. */
static inline __attribute__((always_inline)) tv
multiply(tv acc, tu x, tu y, const enum dtype type)
{
	if (type == DTYPE_F32)
		return acc + (tv)x * (tv)y;
#ifdef ISA_avx512
	return (tv)_mm512_dpbf16_ps((__m512)acc, (__m512bh)x, (__m512bh)y);
#else
	acc += (tv)(x << 16) * (tv)(y << 16);
	acc += (tv)(x & 0xFFFF0000) * (tv)(y & 0xFFFF0000);
	return acc;
#endif
}

/* acc += row k; keep masks the words of the block. */
TEMPLATE
multiply_row(const int R, const int C, const enum dtype type,
    tv acc[][MAX_VECTORS], const void *const *a, size_t offset,
    const uint32_t *words, const uint32_t *soon, uint32_t keep)
{
	tu row[MAX_VECTORS];

	UNROLL for (int c = 0; c < C; c++) {
		memcpy(&row[c], words + (size_t)c * WIDTH, sizeof(tu));
		row[c] &= keep;
		__builtin_prefetch(soon + (size_t)c * WIDTH, 0, 2);
	}
	UNROLL for (int r = 0; r < R; r++) {
		uint32_t word;
		tu x;

		memcpy(&word, (const char *)a[r] + offset, sizeof(word));
		x = word - (tu){0};
		UNROLL for (int c = 0; c < C; c++)
			acc[r][c] = multiply(acc[r][c], x, row[c], type);
	}
}

TEMPLATE
product(const int R, const int C, const enum dtype type, float *const *out,
    const void *const *a, size_t stride, const struct tile_block *block,
    size_t K, size_t i)
{
	const uint32_t *words = block->words + i * LANES;
	const uint32_t *soon = block->soon == NULL ? words :
	    block->soon + i * LANES;
	size_t n = type == DTYPE_F32 ? K : K / 2;
	tv acc[TILE_ROWS][MAX_VECTORS];

	UNROLL for (int r = 0; r < R; r++)
		UNROLL for (int c = 0; c < C; c++)
			memcpy(&acc[r][c], out[r] + i * LANES +
			    (size_t)c * WIDTH, sizeof(tv));
	for (size_t k = 0; k < n; k++)
		multiply_row(R, C, type, acc, a, 4 * k * stride,
		    words + k * block->row, soon + k * block->row,
		    UINT32_MAX);
	if (type == DTYPE_BF16 && K % 2 != 0)
		multiply_row(R, C, type, acc, a, 4 * n * stride,
		    words + n * block->row, soon, 0xFFFF);
	UNROLL for (int r = 0; r < R; r++)
		UNROLL for (int c = 0; c < C; c++)
			memcpy(out[r] + i * LANES + (size_t)c * WIDTH,
			    &acc[r][c], sizeof(tv));
}

/* Calls TILE(R, C) with constants. */
#define DISPATCH_ROWS(C) do {			\
	switch (R) {				\
	case 1: TILE(1, (C) * VECTORS); break;	\
	case 2: TILE(2, (C) * VECTORS); break;	\
	case 3: TILE(3, (C) * VECTORS); break;	\
	default: TILE(4, (C) * VECTORS); break;	\
	}					\
} while (0)

#if MAX_GROUPS == 4
#define DISPATCH(i) do {			\
	if (groups - (i) >= 4) {		\
		DISPATCH_ROWS(4);		\
		(i) += 4;			\
	} else if (groups - (i) >= 2) {		\
		DISPATCH_ROWS(2);		\
		(i) += 2;			\
	} else {				\
		DISPATCH_ROWS(1);		\
		(i)++;				\
	}					\
} while (0)
#else
#define DISPATCH(i) do {			\
	DISPATCH_ROWS(1);			\
	(i)++;					\
} while (0)
#endif

void
ISA_NAME(tile_product)(float *const *out, const void *const *a, size_t stride,
    const struct tile_block *block, enum dtype type, size_t R, size_t K,
    size_t groups)
{
#define TILE(r, c) product(r, c, DTYPE_F32, out, a, stride, block, K, i)
	if (type == DTYPE_F32) {
		for (size_t i = 0; i < groups; )
			DISPATCH(i);
		return;
	}
#undef TILE
#define TILE(r, c) product(r, c, DTYPE_BF16, out, a, stride, block, K, i)
	for (size_t i = 0; i < groups; )
		DISPATCH(i);
#undef TILE
}

/* The same elements, paired the other way. */
static void
transpose_pairs(uint32_t *words, size_t width, const struct tile_block *in,
    size_t n, size_t columns)
{
	for (size_t j = 0; j < n; j += 2) {
		const uint32_t *from = in->words + j;
		uint32_t *to = words + j / 2 * width;
		uint32_t keep = j + 1 < n ? UINT32_MAX : 0;

		for (size_t d = 0; d < columns; d += 2) {
			uint32_t even = from[d / 2 * in->row];
			uint32_t odd = from[d / 2 * in->row + 1] & keep;

			to[d] = (even & 0xFFFF) | odd << 16;
			to[d + 1] = even >> 16 | (odd & 0xFFFF0000);
		}
	}
}

static void
transpose(uint32_t *words, size_t width, const struct tile_block *in, size_t n,
    size_t columns)
{
	for (size_t j = 0; j < n; j++) {
		const uint32_t *from = in->words + j;

		for (size_t d = 0; d < columns; d++)
			words[j * width + d] = from[d * in->row];
	}
}

void
ISA_NAME(tile_transpose)(uint32_t *words, size_t width,
    const struct tile_block *in, enum dtype type, size_t n, size_t columns)
{
	if (type == DTYPE_BF16)
		transpose_pairs(words, width, in, n, columns);
	else
		transpose(words, width, in, n, columns);
}
