#ifndef KERNELS_CUDA_GPU_H
#define KERNELS_CUDA_GPU_H

#include <cublasLt.h>
#include <cuda_runtime.h>

#include "kernels/cuda/cuda.h"

#define GPU_WORKSPACE ((size_t)32 << 20) /* bytes, for the library */
#define GPU_PLANS 64
#define GPU_DOWNLOADS 2
#define GPU_PIECE ((size_t)4 << 20) /* elements of offloaded state a copy */
#define GPU_PINNED ((size_t)16 << 20) /* bytes of a buffer on the way here */

/* out = in · Wᵀ, din = dout · W, dweight = doutᵀ · in */
enum gpu_product { GPU_FORWARD, GPU_INPUT, GPU_WEIGHT };

struct gpu_shape {
	enum gpu_product product;
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

/* A download that began: a copy in memory that the device writes by itself. */
struct gpu_download {
	void *pinned, *host;
	size_t room, bytes;
	cudaEvent_t done;
};

/* What belongs to one device. */
struct gpu {
	struct cuda cuda; /* first: a struct kernels * is a struct gpu * */
	cudaStream_t stream;
	cudaStream_t up, down; /* RUNTIME_UP's and RUNTIME_DOWN's */
	cudaEvent_t reached[3]; /* how far the lanes are */
	cudaEvent_t marks[2];
	cublasLtHandle_t lt;
	void *workspace;
	struct gpu_plan plans[GPU_PLANS];
	size_t plan_count;
	struct gpu_download downloads[GPU_DOWNLOADS];
	size_t begun, ended;
	char name[96];
};

/* Events and memory of downloads, at the end. */
void gpu_downloads_free(struct gpu *g);

#endif
