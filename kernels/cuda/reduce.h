#ifndef KERNELS_CUDA_REDUCE_H
#define KERNELS_CUDA_REDUCE_H

#include "kernels/cuda/device.h"

/*
 * Sums over a warp and a block, in an order that depends on nothing but the
 * number of threads.  All threads take part and all have the result.
 */
DEVICE float
reduce_warp(float x)
{
	for (int mask = WARP / 2; mask > 0; mask /= 2)
		x += lane_xor(x, mask);
	return x;
}

DEVICE double
reduce_warp_double(double x)
{
	for (int mask = WARP / 2; mask > 0; mask /= 2)
		x += lane_xor_double(x, mask);
	return x;
}

DEVICE float
reduce_block(float x)
{
	SHARED float warps[WARP];
	float sum = 0;

	x = reduce_warp(x);
	if (threadIdx.x % WARP == 0)
		warps[threadIdx.x / WARP] = x;
	SYNC();
	for (unsigned i = 0; i < blockDim.x / WARP; i++)
		sum += warps[i];
	SYNC();
	return sum;
}

DEVICE double
reduce_block_double(double x)
{
	SHARED double warps[WARP];
	double sum = 0;

	x = reduce_warp_double(x);
	if (threadIdx.x % WARP == 0)
		warps[threadIdx.x / WARP] = x;
	SYNC();
	for (unsigned i = 0; i < blockDim.x / WARP; i++)
		sum += warps[i];
	SYNC();
	return sum;
}

/* The maximum; NaN where any is. */
DEVICE float
reduce_max(float x)
{
	SHARED float warps[WARP];

	for (int mask = WARP / 2; mask > 0; mask /= 2) {
		float y = lane_xor(x, mask);

		x = y > x || y != y ? y : x;
	}
	if (threadIdx.x % WARP == 0)
		warps[threadIdx.x / WARP] = x;
	SYNC();
	for (unsigned i = 0; i < blockDim.x / WARP; i++)
		x = warps[i] > x || warps[i] != warps[i] ? warps[i] : x;
	SYNC();
	return x;
}

#endif
