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
typedef uint16_t th __attribute__((vector_size(2 * WIDTH)));

static inline tv
load(const void *in, enum dtype type, size_t i)
{
	tv v;
	th h;

	if (type == DTYPE_F32) {
		memcpy(&v, (const float *)in + i, sizeof(v));
		return v;
	}
	memcpy(&h, (const uint16_t *)in + i, sizeof(h));
	return (tv)(__builtin_convertvector(h, tu) << 16);
}

TEMPLATE
product(const int R, const int C, const int fresh, const enum dtype type,
    float *const *out, const float *const *a, size_t stride, const void *in,
    size_t width, size_t K, size_t column)
{
	tv acc[TILE_ROWS][MAX_VECTORS];

	UNROLL for (int r = 0; r < R; r++)
		UNROLL for (int c = 0; c < C; c++)
			acc[r][c] = fresh ? (tv){0} : load(out[r], DTYPE_F32,
			    column + (size_t)c * WIDTH);
	for (size_t k = 0; k < K; k++) {
		tv row[MAX_VECTORS];

		UNROLL for (int c = 0; c < C; c++)
			row[c] = load(in, type,
			    k * width + column + (size_t)c * WIDTH);
		UNROLL for (int r = 0; r < R; r++) {
			tv x = a[r][k * stride] - (tv){0};

			UNROLL for (int c = 0; c < C; c++)
				acc[r][c] += x * row[c];
		}
	}
	UNROLL for (int r = 0; r < R; r++)
		UNROLL for (int c = 0; c < C; c++)
			memcpy(out[r] + column + (size_t)c * WIDTH, &acc[r][c],
			    sizeof(tv));
}

/* acc + the products of two pairs of bfloat16 in each word. */
static inline tv
dot_pairs(tv acc, tu x, tu y)
{
#ifdef ISA_avx512
	return (tv)_mm512_dpbf16_ps((__m512)acc, (__m512bh)x, (__m512bh)y);
#else
	acc += (tv)(x << 16) * (tv)(y << 16);
	acc += (tv)(x & 0xFFFF0000) * (tv)(y & 0xFFFF0000);
	return acc;
#endif
}

TEMPLATE
product_pairs(const int R, const int C, float *s, const void *const *q,
    const uint16_t *keys, size_t D, size_t column)
{
	tv acc[TILE_ROWS][MAX_VECTORS];

	UNROLL for (int r = 0; r < R; r++)
		UNROLL for (int c = 0; c < C; c++)
			acc[r][c] = (tv){0};
	for (size_t d = 0; d < D; d += 2) {
		tu row[MAX_VECTORS];

		UNROLL for (int c = 0; c < C; c++)
			memcpy(&row[c], keys + d * KV_PAGE +
			    2 * (column + (size_t)c * WIDTH), sizeof(tu));
		UNROLL for (int r = 0; r < R; r++) {
			uint32_t pair;
			tu x;

			memcpy(&pair, (const uint16_t *)q[r] + d, sizeof(pair));
			x = pair - (tu){0};
			UNROLL for (int c = 0; c < C; c++)
				acc[r][c] = dot_pairs(acc[r][c], row[c], x);
		}
	}
	UNROLL for (int r = 0; r < R; r++)
		UNROLL for (int c = 0; c < C; c++)
			memcpy(s + (size_t)r * KV_PAGE + column +
			    (size_t)c * WIDTH, &acc[r][c], sizeof(tv));
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

static void
scores_f32(float *s, const void *const *q, const void *keys, size_t R,
    size_t D, size_t groups)
{
	float *out[TILE_ROWS];
	const float *in[TILE_ROWS];

	for (size_t r = 0; r < R; r++) {
		out[r] = s + r * KV_PAGE;
		in[r] = q[r];
	}
#define TILE(r, c) product(r, c, 1, DTYPE_F32, out, in, 1, keys, KV_PAGE, D, \
	    i * LANES)
	for (size_t i = 0; i < groups; )
		DISPATCH(i);
#undef TILE
}

void
ISA_NAME(tile_scores)(float *s, const void *const *q, const void *keys,
    enum dtype type, size_t R, size_t D, size_t groups)
{
	if (type == DTYPE_F32) {
		scores_f32(s, q, keys, R, D, groups);
		return;
	}
#define TILE(r, c) product_pairs(r, c, s, q, keys, D, i * LANES)
	for (size_t i = 0; i < groups; )
		DISPATCH(i);
#undef TILE
}

void
ISA_NAME(tile_product)(float *const *out, const float *const *a,
    size_t stride, const void *in, size_t width, enum dtype type, size_t R,
    size_t K, size_t groups)
{
#define TILE(r, c) product(r, c, 0, DTYPE_F32, out, a, stride, in, width, K, \
	    i * LANES)
	if (type == DTYPE_F32) {
		for (size_t i = 0; i < groups; )
			DISPATCH(i);
		return;
	}
#undef TILE
#define TILE(r, c) product(r, c, 0, DTYPE_BF16, out, a, stride, in, width, K, \
	    i * LANES)
	for (size_t i = 0; i < groups; )
		DISPATCH(i);
#undef TILE
}
