#ifndef KERNELS_ISA_TEST_H
#define KERNELS_ISA_TEST_H

/*
 * What tests of the CPU's operations share: each test runs once for every
 * instruction set, and is skipped where the machine hasn't it.  Buffers are
 * exactly as long as they need to be, for the sanitizers.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"

#define ISA_TEST(f) \
	{#f " portable", f, NULL, NULL, (char *)(uintptr_t)"portable"}, \
	{#f " avx2", f, NULL, NULL, (char *)(uintptr_t)"avx2"}, \
	{#f " avx512", f, NULL, NULL, (char *)(uintptr_t)"avx512"}

static inline struct kernels *
isa_open(void **state, int threads)
{
	struct kernels *k;

	setenv("EMPG_ISA", *state, 1);
	k = kernels_cpu(threads);
	if (k == NULL)
		skip();
	return k;
}

/* A generator for test data: uniform in [-1, 1). */
static inline float
isa_uniform(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (float)(int32_t)(*seed >> 32) / 2147483648.0f;
}

static inline void *
isa_alloc(size_t bytes)
{
	void *p = malloc(bytes > 0 ? bytes : 1);

	assert_non_null(p);
	return p;
}

/* n random floats in [-scale, scale). */
static inline float *
isa_random(size_t n, float scale, uint64_t seed)
{
	float *p = isa_alloc(n * sizeof(*p));

	for (size_t i = 0; i < n; i++)
		p[i] = scale * isa_uniform(&seed);
	return p;
}

static inline uint16_t
isa_to_bf16(float f)
{
	uint32_t u;

	memcpy(&u, &f, sizeof(u));
	if (f != f)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7FFF + (u >> 16 & 1)) >> 16);
}

static inline float
isa_from_bf16(uint16_t h)
{
	uint32_t u = (uint32_t)h << 16;
	float f;

	memcpy(&f, &u, sizeof(f));
	return f;
}

static inline size_t
isa_size(enum dtype type)
{
	return type == DTYPE_BF16 ? 2 : 4;
}

/* Element i of a tensor of either type. */
static inline float
isa_get(const void *p, enum dtype type, size_t i)
{
	if (type == DTYPE_BF16)
		return isa_from_bf16(((const uint16_t *)p)[i]);
	return ((const float *)p)[i];
}

/* A copy of in (n) in `type`; in is rounded to what the copy holds. */
static inline void *
isa_typed(float *in, enum dtype type, size_t n)
{
	void *p = isa_alloc(n * isa_size(type));

	for (size_t i = 0; i < n; i++)
		if (type == DTYPE_BF16) {
			((uint16_t *)p)[i] = isa_to_bf16(in[i]);
			in[i] = isa_get(p, type, i);
		} else {
			((float *)p)[i] = in[i];
		}
	return p;
}

/* |got − want| ≤ tolerance · max(1, |want|) */
static inline void
isa_near(double got, double want, double tolerance)
{
	double scale = fabs(want) > 1 ? fabs(want) : 1;

	if (!(fabs(got - want) <= tolerance * scale))
		fail_msg("%.9g where %.9g is right", got, want);
}

/* n random elements of `type`. */
static inline void *
isa_filled(enum dtype type, size_t n, uint64_t seed)
{
	float *f = isa_random(n, 1, seed);
	void *p = isa_typed(f, type, n);

	free(f);
	return p;
}

/* Memory that is NaN wherever nothing is written. */
static inline void *
isa_unset(size_t bytes)
{
	void *p = isa_alloc(bytes);

	memset(p, 0xFF, bytes);
	return p;
}

#endif
