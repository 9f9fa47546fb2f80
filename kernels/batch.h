#ifndef KERNELS_BATCH_H
#define KERNELS_BATCH_H

#include "kernels/kernels.h"

#ifdef __CUDACC__
#define BATCH static __host__ __device__ __forceinline__
#else
#define BATCH static inline
#endif

/* The sequence of row t: the last that starts at or before it. */
BATCH size_t
batch_sequence(const struct batch *b, size_t t)
{
	size_t low = 0, high = b->sequences;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (b->start[middle] <= t)
			low = middle;
		else
			high = middle;
	}
	return low;
}

#endif
