#ifndef KERNELS_HALF_H
#define KERNELS_HALF_H

/*
 * Attention's bfloat16: weights and gradients that go into a product of pairs.
 * A half is a float whose lower 16 bits are 0; a word holds two, the element
 * of even index in its lower bits.
 */
#include "kernels/cpu/isa/vec.h"

/* To the nearest bfloat16. */
static inline vu
half_round(vf v)
{
#ifdef __AVX512BF16__
	return (vu)_mm512_slli_epi32(_mm512_cvtepu16_epi32(
	    (__m256i)_mm512_cvtneps_pbh((__m512)v)), 16);
#else
	uint16_t h[LANES];

	vf_store_bf16(h, v);
	return (vu)vf_load_bf16(h);
#endif
}

/* The same as 16 packed values, element i … of out. */
static inline void
half_store(uint16_t *out, vf v)
{
#ifdef __AVX512BF16__
	__m256bh h = _mm512_cvtneps_pbh((__m512)v);

	memcpy(out, &h, sizeof(h));
#else
	vf_store_bf16(out, v);
#endif
}

/*
 * The halves as elements of index i of the sums of 16 columns.  Even ones come
 * first: their odd partners become 0.
 */
static inline void
half_pair(uint32_t *words, vu half, size_t i)
{
	vu w;

	if (i % 2 == 0) {
		w = half >> 16;
	} else {
		memcpy(&w, words, sizeof(w));
		w = (w & 0xFFFF) | half;
	}
	memcpy(words, &w, sizeof(w));
}

/*
 * e^x for weights, x at most some units above 0: within 4e-7 of it, and 0 for
 * -inf.  vf_exp where the machine can't scale by 2^n in one step.
 */
static inline vf
half_exp(vf x)
{
#ifdef __AVX512F__
	vf t = vf_max(vf_set(-200), x * 1.44269504088896341f);
	vf n = (vf)_mm512_roundscale_ps((__m512)t, 0);
	vf r = t - n, p;

	/* Taylor's to 2^r of degree 6: the next term is at most 1.2e-7. */
	p = r * 1.540353039e-4f + 1.333355815e-3f;
	p = p * r + 9.618129108e-3f;
	p = p * r + 5.550410866e-2f;
	p = p * r + 2.402265070e-1f;
	p = p * r + 6.931471806e-1f;
	p = p * r + 1;
	return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
	return vf_exp(x);
#endif
}

#endif
