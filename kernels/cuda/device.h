#ifndef KERNELS_CUDA_DEVICE_H
#define KERNELS_CUDA_DEVICE_H

/*
 * The part of CUDA that the operations of this folder are written in.  Their
 * source is C and C++ at once: nvcc compiles it for the GPU, and a C compiler,
 * with emulate.h in place of the GPU, for the tests on machines without one.
 *
 * KERNEL(name, type) { ... }  a kernel with one argument, struct type a
 * LAUNCH(k, name, args, x, y, z, threads, shared)  runs it; nothing where x,
 *                             y or z is 0.  threads: a multiple of WARP, in x.
 * DEVICE                      a function of the device
 * SHARED float v[n];          memory of a block
 * DYNAMIC(v)                  float *v: the launch's `shared` bytes
 * SYNC()                      all threads of the block, at the same line
 * lane_xor(x, m)              x of lane ^ m; all lanes of the warp take part
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WARP 32

#ifdef __CUDACC__
#include <cuda_runtime.h>

#define DEVICE static __device__ __forceinline__
#define KERNEL(name, type) \
	static __global__ void name(const __grid_constant__ struct type a)
#define SHARED __shared__
#define SYNC() __syncthreads()
#define DYNAMIC(v) \
	extern __shared__ __align__(16) unsigned char dynamic_[]; \
	float *v = (float *)dynamic_
#define LAUNCH(k, name, args, x, y, z, threads, shared) do { \
	if ((x) > 0 && (y) > 0 && (z) > 0) { \
		runtime_reserve((const void *)(name), shared); \
		name<<<dim3((unsigned)(x), (unsigned)(y), (unsigned)(z)), \
		    threads, shared, runtime_stream(k)>>>(args); \
		RUNTIME(cudaGetLastError()); \
	} \
} while (0)

DEVICE float
lane_xor(float x, int mask)
{
	return __shfl_xor_sync(0xFFFFFFFF, x, mask);
}

DEVICE double
lane_xor_double(double x, int mask)
{
	return __shfl_xor_sync(0xFFFFFFFF, x, mask);
}
#else
#include "kernels/cuda/emulate.h"
#endif

#include "kernels/cuda/runtime.h"

/* The elements i < n of this thread, over all blocks. */
#define EACH(i, n) \
	for (size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x; \
	    i < (n); i += (size_t)gridDim.x * blockDim.x)

/* Those of a block's row. */
#define EACH_OF_BLOCK(i, n) \
	for (size_t i = threadIdx.x; i < (n); i += blockDim.x)

#endif
