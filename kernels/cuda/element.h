#ifndef KERNELS_CUDA_ELEMENT_H
#define KERNELS_CUDA_ELEMENT_H

#include "kernels/cuda/device.h"
#include "kernels/kernels.h"

/* Elements of tensors of either type; bfloat16 is the upper half of a float. */

DEVICE float
element_widen(uint16_t h)
{
	uint32_t u = (uint32_t)h << 16;
	float x;

	memcpy(&x, &u, sizeof(x));
	return x;
}

/* To nearest even; NaN stays NaN. */
DEVICE uint16_t
element_round(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof(u));
	if (x != x)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7FFF + (u >> 16 & 1)) >> 16);
}

DEVICE float
element_load(const void *p, enum dtype type, size_t i)
{
	if (type == DTYPE_BF16)
		return element_widen(((const uint16_t *)p)[i]);
	return ((const float *)p)[i];
}

DEVICE void
element_store(void *p, enum dtype type, size_t i, float x)
{
	if (type == DTYPE_BF16)
		((uint16_t *)p)[i] = element_round(x);
	else
		((float *)p)[i] = x;
}

#endif
