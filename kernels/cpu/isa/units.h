#ifndef KERNELS_CPU_ISA_UNITS_H
#define KERNELS_CPU_ISA_UNITS_H

#include "kernels/cpu/isa/panel.h"

/* Sixteen bfloat16 as integers: the first n elements, else 0. */
static inline vu
units_half(const void *in, enum dtype in_type, size_t n)
{
	uint16_t half[LANES] = {0};
	vh v;

	if (in_type == DTYPE_F32)
		vf_store_bf16(half, vf_load_n(in, n, 0.0f));
	else
		memcpy(half, in, n * 2);
	memcpy(&v, half, sizeof(v));
	return __builtin_convertvector(v, vu);
}

static inline vu
units_full(const void *in, enum dtype in_type, size_t n)
{
	if (in_type == DTYPE_BF16)
		return units_half(in, in_type, n) << 16;
	return (vu)vf_load_n(in, n, 0.0f);
}

/*
 * units_rows(even, odd, in_type, type, n):
 * The units of n <= LANES columns whose neighbours in K are the rows ${even}
 * and ${odd} of in_type; NULL: zeros.  F32 has no neighbours: ${odd} is not
 * read.
 */
static inline vu
units_rows(const void *even, const void *odd, enum dtype in_type,
    enum dtype type, size_t n)
{
	vu v = {0};

	if (type == DTYPE_F32)
		return even == NULL ? v : units_full(even, in_type, n);
	if (even != NULL)
		v = units_half(even, in_type, n);
	if (odd != NULL)
		v |= units_half(odd, in_type, n) << 16;
	return v;
}

#endif
