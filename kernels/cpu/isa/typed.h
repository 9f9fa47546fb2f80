#ifndef KERNELS_CPU_ISA_TYPED_H
#define KERNELS_CPU_ISA_TYPED_H

/*
 * Sixteen elements of a tensor of either type.  `type` is meant to be a
 * constant where these are inlined, so that loops carry no branch.
 */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/isa/vec.h"

#define INLINE static inline __attribute__((always_inline))

/* Elements i … i+n-1 (at most LANES), zeros behind them. */
INLINE vf
typed_load(const void *p, enum dtype type, size_t i, size_t n)
{
	if (type == DTYPE_BF16)
		return vf_load_bf16_n((const uint16_t *)p + i, n);
	return vf_load_n((const float *)p + i, n, 0.0f);
}

INLINE void
typed_store(void *p, enum dtype type, size_t i, vf v, size_t n)
{
	if (type == DTYPE_BF16)
		vf_store_bf16_n((uint16_t *)p + i, v, n);
	else
		vf_store_n((float *)p + i, v, n);
}

/* Where element i of a tensor begins. */
INLINE void *
typed_at(const void *p, enum dtype type, size_t i)
{
	return (char *)(uintptr_t)p + i * (type == DTYPE_BF16 ? 2 : 4);
}

/*
 * STEPS(i, n, call): call for i = 0, LANES, … below n, with `lanes` the lanes
 * in use: a constant but for the last, so that only that one checks.
 */
#define STEPS(i, n, call) do { \
	size_t i = 0; \
	for (; i + LANES <= (n); i += LANES) { \
		const size_t lanes = LANES; \
		call; \
	} \
	if (i < (n)) { \
		const size_t lanes = (n) - i; \
		call; \
	} \
} while (0)

/* Below this many elements a parallel region costs more than it saves. */
#define PARALLEL_MIN 8192

#endif
