#ifndef KERNELS_VEC_H
#define KERNELS_VEC_H

/*
 * Sixteen floats as one value, in GCC's vector extension: every file in this
 * folder is compiled once for each instruction set (ISA = portable, avx2,
 * avx512) and the compiler splits the vector where registers are narrower.
 * Exported names carry the set: ISA_NAME(matmul) is matmul_avx512.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ISA_PASTE_(a, b) a##_##b
#define ISA_PASTE(a, b) ISA_PASTE_(a, b)
#define ISA_NAME(name) ISA_PASTE(name, ISA)

#define LANES 16

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));
typedef uint16_t vh __attribute__((vector_size(32)));

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

/* Where mask (0 or -1 a lane) is set take a, else b. */
static inline vf
vf_select(vi mask, vf a, vf b)
{
	return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}

static inline vf
vf_max(vf a, vf b)
{
	return vf_select(a > b, a, b);
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
	vi nan = v != v;
	vh h = __builtin_convertvector(
	    (r & ~(vu)nan) | (q & (vu)nan), vh);

	memcpy(p, &h, sizeof(h));
}

/* The lanes' sum in one fixed order: 8+8, 4+4, 2+2, 1+1. */
static inline float
vf_sum(vf v)
{
	float a[LANES];

	vf_store(a, v);
	for (int n = LANES / 2; n > 0; n /= 2)
		for (int i = 0; i < n; i++)
			a[i] += a[i + n];
	return a[0];
}

static inline float
vf_hmax(vf v)
{
	float a[LANES];

	vf_store(a, v);
	for (int n = LANES / 2; n > 0; n /= 2)
		for (int i = 0; i < n; i++)
			a[i] = a[i] > a[i + n] ? a[i] : a[i + n];
	return a[0];
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
	vi low = x < -87.33f;
	vf n, r, p;

	x = vf_select(x > 88.0f, vf_set(88.0f), x);
	x = vf_select(low, vf_set(0.0f), x);
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
