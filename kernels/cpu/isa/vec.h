#ifndef KERNELS_VEC_H
#define KERNELS_VEC_H

/*
 * Sixteen floats as one value, in GCC's vector extension: every file in this
 * folder is compiled once for each instruction set (ISA = portable, avx2,
 * avx512) and the compiler splits the vector where registers are narrower.
 * Exported names carry the set: ISA_NAME(matmul) is matmul_avx512.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define ISA_PASTE_(a, b) a##_##b
#define ISA_PASTE(a, b) ISA_PASTE_(a, b)
#define ISA_NAME(name) ISA_PASTE(name, ISA)

#define LANES 16

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));
typedef uint16_t vh __attribute__((vector_size(32)));
typedef float vf8 __attribute__((vector_size(32)));
typedef int32_t vi8 __attribute__((vector_size(32)));
typedef float vf4 __attribute__((vector_size(16)));

static inline vf
vf_load(const float *p)
{
	vf v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
vf_store(float *p, vf v)
{
	memcpy(p, &v, sizeof(v));
}

static inline vf
vf_set(float x)
{
	return x - (vf){0};
}

/*
 * a < b by lane, 0 or -1.  GCC takes a comparison of vectors wider than the
 * registers apart to single lanes, so it is done by parts that fit.
 */
static inline vi
vf_less(vf a, vf b)
{
#if defined(__AVX512F__)
	return a < b;
#else
#ifdef __AVX2__
	typedef vf8 part;
#else
	typedef vf4 part;
#endif
	part x[sizeof(vf) / sizeof(part)], y[sizeof(vf) / sizeof(part)];
	vi less;

	memcpy(x, &a, sizeof(a));
	memcpy(y, &b, sizeof(b));
	for (size_t i = 0; i < sizeof(vf) / sizeof(part); i++)
		x[i] = (part)(x[i] < y[i]);
	memcpy(&less, x, sizeof(less));
	return less;
#endif
}

/* Where mask (0 or -1 a lane) is set take a, else b. */
static inline vf
vf_select(vi mask, vf a, vf b)
{
	return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}

/* a > b ? a : b, so b where either is NaN. */
static inline vf
vf_max(vf a, vf b)
{
#ifdef __AVX512F__
	return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#else
	return vf_select(vf_less(b, a), a, b);
#endif
}

/* a < b ? a : b, so b where either is NaN. */
static inline vf
vf_min(vf a, vf b)
{
#ifdef __AVX512F__
	return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#else
	return vf_select(vf_less(a, b), a, b);
#endif
}

static inline vf
vf_sqrt(vf v)
{
#ifdef __AVX512F__
	return (vf)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX__)
	vf8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
	vf8 b = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);

	a = (vf8)_mm256_sqrt_ps((__m256)a);
	b = (vf8)_mm256_sqrt_ps((__m256)b);
	return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	    11, 12, 13, 14, 15);
#else
	float a[LANES];

	vf_store(a, v);
	for (int i = 0; i < LANES; i++)
		a[i] = sqrtf(a[i]);
	return vf_load(a);
#endif
}

/* The first n lanes from p, `pad` in the others; the store writes only n. */
static inline vf
vf_load_n(const float *p, size_t n, float pad)
{
	float a[LANES];

	if (n >= LANES)
		return vf_load(p);
	for (size_t i = 0; i < LANES; i++)
		a[i] = i < n ? p[i] : pad;
	return vf_load(a);
}

static inline void
vf_store_n(float *p, vf v, size_t n)
{
	float a[LANES];

	if (n >= LANES) {
		vf_store(p, v);
		return;
	}
	vf_store(a, v);
	for (size_t i = 0; i < n; i++)
		p[i] = a[i];
}

/* bfloat16 is the upper half of a float. */
static inline vf
vf_load_bf16(const uint16_t *p)
{
	vh h;

	memcpy(&h, p, sizeof(h));
	return (vf)(__builtin_convertvector(h, vu) << 16);
}

/* Round to nearest even; NaN stays NaN. */
static inline void
vf_store_bf16(uint16_t *p, vf v)
{
	vu u = (vu)v;
	vu r = (u + 0x7FFF + ((u >> 16) & 1)) >> 16;
	vu q = (u >> 16) | 0x0040;
	vi nan = (vi)(0x7F800000 - (u & 0x7FFFFFFF)) >> 31;
	vh h;

	r = (r & ~(vu)nan) | (q & (vu)nan);
#ifdef __AVX512F__
	h = (vh)_mm512_cvtepi32_epi16((__m512i)r);
#else
	h = __builtin_convertvector(r, vh);
#endif
	memcpy(p, &h, sizeof(h));
}

static inline vf
vf_load_bf16_n(const uint16_t *p, size_t n)
{
	uint16_t a[LANES] = {0};

	if (n >= LANES)
		return vf_load_bf16(p);
	for (size_t i = 0; i < n; i++)
		a[i] = p[i];
	return vf_load_bf16(a);
}

static inline void
vf_store_bf16_n(uint16_t *p, vf v, size_t n)
{
	uint16_t a[LANES];

	if (n >= LANES) {
		vf_store_bf16(p, v);
		return;
	}
	vf_store_bf16(a, v);
	for (size_t i = 0; i < n; i++)
		p[i] = a[i];
}

/* The lanes' sum in one fixed order: 8+8, 4+4, 2+2, 1+1. */
static inline float
vf_sum(vf v)
{
	vf8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
	    __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
	vf4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) +
	    __builtin_shufflevector(a, a, 4, 5, 6, 7);

	return (b[0] + b[2]) + (b[1] + b[3]);
}

static inline float
vf_hmax(vf v)
{
	vf8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
	vf8 b = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
	float m[8];

	a = (vf8)(((vi8)a & (a > b)) | ((vi8)b & ~(a > b)));
	memcpy(m, &a, sizeof(m));
	for (int i = 0; i < 4; i++)
		m[i] = m[i] > m[i + 4] ? m[i] : m[i + 4];
	m[0] = m[0] > m[2] ? m[0] : m[2];
	m[1] = m[1] > m[3] ? m[1] : m[3];
	return m[0] > m[1] ? m[0] : m[1];
}

/* The lanes' signs as bits: of a mask, those that are set. */
static inline unsigned
vi_bits(vi v)
{
#if defined(__AVX512DQ__)
	return _mm512_movepi32_mask((__m512i)v);
#elif defined(__SSE2__)
	__m128 part[4];
	unsigned bits = 0;

	memcpy(part, &v, sizeof(v));
	for (int i = 0; i < 4; i++)
		bits |= (unsigned)_mm_movemask_ps(part[i]) << 4 * i;
	return bits;
#else
	unsigned bits = 0;

	for (int i = 0; i < LANES; i++)
		bits |= (unsigned)(v[i] < 0) << i;
	return bits;
#endif
}

/* The lanes where not a < b (so NaN too), as bits. */
static inline unsigned
vf_reach(vf a, vf b)
{
#ifdef __AVX512F__
	return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_NLT_UQ);
#else
	return ~vi_bits(vf_less(a, b)) & 0xFFFF;
#endif
}

/*
 * e^x, within 2 ulp; exactly 1 at 0 and 0 below -87.4 (-inf too); x above 88
 * is taken as 88.  Cody-Waite reduction by ln 2 in two parts, then the
 * polynomial of degree 5 from Cephes' expf.
 */
static inline vf
vf_exp(vf x)
{
	const float magic = 12582912.0f; /* 1.5 * 2^23: rounds to an integer */
	vi low = vf_less(x, vf_set(-87.33f));
	vf n, r, p;

	x = vf_min(vf_set(88.0f), x); /* NaN stays */
	x = vf_max(vf_set(-88.0f), x);
	n = (x * 1.44269504088896341f + magic) - magic;
	r = x - n * 0.693359375f;
	r = r + n * 2.12194440e-4f;
	p = r * 1.9875691500e-4f + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	p = (vf)((vi)p + (__builtin_convertvector(n, vi) << 23));
	return vf_select(low, vf_set(0.0f), p);
}

#endif
