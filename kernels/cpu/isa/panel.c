/*
 * The register tile of the matrix products.  The number of rows, the type and
 * A's layout are constants of each instance, so that the loops unroll and the
 * sums stay in registers; every instance does the same sequence of additions
 * to a sum, which is what makes the products batch-invariant.
 */
#include "kernels/cpu/isa/panel.h"

#if defined(ISA_avx512) || defined(ISA_avx2)
#include <immintrin.h>
#endif

#if defined(ISA_avx512)
#define WIDTH 16 /* floats in a register */
#define VECS 4   /* registers across the tile */
#elif defined(ISA_avx2)
#define WIDTH 8
#define VECS 2
#else
#define WIDTH 4
#define VECS 2
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float vt __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t vb __attribute__((vector_size(4 * WIDTH)));

INLINE vb
load(const char *p)
{
	vb v;

	memcpy(&v, p, sizeof(v));
	return v;
}

INLINE vt
multiply_add(vt a, vt b, vt sum)
{
#if defined(ISA_avx512)
	return _mm512_fmadd_ps(a, b, sum);
#elif defined(ISA_avx2)
	return _mm256_fmadd_ps(a, b, sum);
#else
	return sum + a * b;
#endif
}

/* sum + the products of two units' elements. */
INLINE vt
dot(vb a, vb b, vt sum, enum dtype type)
{
	if (type == DTYPE_F32)
		return multiply_add((vt)a, (vt)b, sum);
#if defined(ISA_avx512)
	return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
#else
	sum = multiply_add((vt)(a << 16), (vt)(b << 16), sum);
	return multiply_add((vt)(a & 0xFFFF0000), (vt)(b & 0xFFFF0000), sum);
#endif
}

/* One step of K: ${bytes} is 2 where only half a unit of A is left. */
INLINE void
step(vt sum[][VECS], const char *a, size_t lda, const char *b, enum dtype type,
    int rows, size_t bytes)
{
	vb column[VECS];

#pragma GCC unroll 4
	for (int j = 0; j < VECS; j++)
		column[j] = load(b + j * sizeof(vb));
#pragma GCC unroll 6
	for (int r = 0; r < rows; r++) {
		uint32_t unit = 0;
		vb row;

		memcpy(&unit, a + r * lda, bytes);
		row = unit - (vb){0};
#pragma GCC unroll 4
		for (int j = 0; j < VECS; j++)
			sum[r][j] = dot(row, column[j], sum[r][j], type);
	}
}

INLINE void
run(float *out, int first, const char *a, size_t lda, size_t stride,
    const char *b, size_t ldb, enum dtype type, int rows, size_t units,
    int half, const char *soon, size_t pace)
{
	for (size_t c = 0; c < PANEL; c += WIDTH * VECS) {
		vt sum[PANEL_ROWS][VECS] = {0};
		const char *p = a, *q = b + c * 4, *s = soon;

#pragma GCC unroll 6
		for (int r = 0; r < rows && !first; r++)
#pragma GCC unroll 4
			for (int j = 0; j < VECS; j++)
				memcpy(&sum[r][j],
				    out + r * PANEL + c + j * WIDTH,
				    sizeof(vt));
		for (size_t u = 0; u < units; u++) {
			__builtin_prefetch(s, 0, 2);
			__builtin_prefetch(s + PANEL_LINE / 4, 0, 2);
			step(sum, p, lda, q, type, rows, 4);
			p += stride;
			q += ldb;
			s += pace;
		}
		if (half)
			step(sum, p, lda, q, type, rows, 2);
#pragma GCC unroll 6
		for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
			for (int j = 0; j < VECS; j++)
				memcpy(out + r * PANEL + c + j * WIDTH,
				    &sum[r][j], sizeof(vt));
	}
}

#define CASE(n, call) \
	case n: \
		call(n); \
		break;
#define CASES(call) \
	switch (rows) { \
		CASE(1, call) \
		CASE(2, call) \
		CASE(3, call) \
		CASE(4, call) \
		CASE(5, call) \
		CASE(6, call) \
	}

void
panel_product(float *sum, int first, const void *a, size_t lda, const void *b,
    enum dtype type, size_t rows, size_t K, const void *soon, size_t pace)
{
#define BF16(n) \
	run(sum, first, a, lda, 4, b, PANEL_LINE, DTYPE_BF16, n, K / 2, K & 1, \
	    soon, pace)
#define F32(n) \
	run(sum, first, a, lda, 4, b, PANEL_LINE, DTYPE_F32, n, K, 0, soon, \
	    pace)
	if (type == DTYPE_BF16)
		CASES(BF16)
	else
		CASES(F32)
#undef BF16
#undef F32
}

void
panel_product_columns(float *sum, const void *a, size_t lda, const void *b,
    size_t ldb, enum dtype type, size_t rows, size_t units)
{
#define COLUMNS(type, n) \
	run(sum, 1, a, 4, lda, b, ldb, type, n, units, 0, a, 0)
#define BF16(n) COLUMNS(DTYPE_BF16, n)
#define F32(n) COLUMNS(DTYPE_F32, n)
	if (type == DTYPE_BF16)
		CASES(BF16)
	else
		CASES(F32)
}
