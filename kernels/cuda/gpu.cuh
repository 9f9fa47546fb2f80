#ifndef KERNELS_CUDA_GPU_H
#define KERNELS_CUDA_GPU_H

#include <cublasLt.h>
#include <cuda_runtime.h>

#include "kernels/cuda/cuda.h"

#define GPU_WORKSPACE ((size_t)32 << 20) /* bytes, for the library */
#define GPU_PLANS 64

struct gpu_shape {
	int weight;     /* a gradient of weights */
	enum dtype type, out_type;
	int bias;
	size_t N, K;
};

/* How a product is computed, with any number of rows. */
struct gpu_plan {
	struct gpu_shape shape;
	int usable;     /* the library has an algorithm */
	cublasLtMatmulAlgo_t algo;
};

/* What belongs to one device. */
struct gpu {
	struct cuda cuda; /* first: a struct kernels * is a struct gpu * */
	cudaStream_t stream;
	cublasLtHandle_t lt;
	void *workspace;
	struct gpu_plan plans[GPU_PLANS];
	size_t plan_count;
	char name[96];
};

#endif
