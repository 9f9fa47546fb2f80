/* Memory, order and errors of a GPU, through the CUDA runtime. */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/gpu.cuh"

#define INTERNAL 70 /* the programs' exit status */
#define PLENTY ((size_t)48 << 10) /* shared memory that all kernels may have */

void
runtime_check(int status, const char *call, const char *file, int line)
{
	if (status == 0)
		return;
	fprintf(stderr, "cuda: %s:%d: %s: %s (%d)\n", file, line, call,
	    strncmp(call, "cublas", 6) == 0 ? "failed" :
	    cudaGetErrorString((cudaError_t)status), status);
	fflush(NULL);
	_Exit(INTERNAL);
}

static struct gpu *
gpu_of(struct kernels *k)
{
	return (struct gpu *)k;
}

cudaStream_t
runtime_stream(struct kernels *k)
{
	return gpu_of(k)->stream;
}

void
runtime_reserve(const void *kernel, size_t shared)
{
	if (shared > PLENTY)
		RUNTIME(cudaFuncSetAttribute(kernel,
		    cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared));
}

void *
runtime_alloc(struct kernels *k, size_t bytes)
{
	void *p;

	if (cudaMalloc(&p, bytes > 0 ? bytes : 1) != cudaSuccess) {
		(void)cudaGetLastError();
		return NULL;
	}
	runtime_zero(k, p, bytes);
	return p;
}

void
runtime_free(struct kernels *k, void *p)
{
	runtime_wait(k);
	RUNTIME(cudaFree(p));
}

size_t
runtime_memory_free(struct kernels *k)
{
	size_t left, all;

	(void)k;
	RUNTIME(cudaMemGetInfo(&left, &all));
	return left;
}

static enum cudaMemoryType
memory_type(const void *p)
{
	struct cudaPointerAttributes a;

	RUNTIME(cudaPointerGetAttributes(&a, p));
	return a.type;
}

int
runtime_on_device(const void *p)
{
	return memory_type(p) == cudaMemoryTypeDevice;
}

int
runtime_pinned(const void *p)
{
	return memory_type(p) == cudaMemoryTypeHost;
}

void *
runtime_alloc_host(struct kernels *k, size_t bytes)
{
	void *p;

	(void)k;
	if (cudaHostAlloc(&p, bytes > 0 ? bytes : 1, cudaHostAllocDefault) !=
	    cudaSuccess) {
		(void)cudaGetLastError();
		return NULL;
	}
	memset(p, 0, bytes);
	return p;
}

void
runtime_free_host(struct kernels *k, void *p)
{
	if (p == NULL)
		return;
	runtime_wait(k);
	RUNTIME(cudaFreeHost(p));
}

static cudaStream_t
lane_stream(struct kernels *k, enum runtime_lane lane)
{
	struct gpu *g = gpu_of(k);

	return lane == RUNTIME_UP ? g->up : lane == RUNTIME_DOWN ? g->down :
	    g->stream;
}

void
runtime_copy_beside(struct kernels *k, enum runtime_lane lane, void *out,
    const void *in, size_t bytes)
{
	cudaStream_t stream = lane_stream(k, lane);

	if (bytes > 0 && in == NULL)
		RUNTIME(cudaMemsetAsync(out, 0, bytes, stream));
	else if (bytes > 0)
		RUNTIME(cudaMemcpyAsync(out, in, bytes, cudaMemcpyDefault,
		    stream));
}

void
runtime_follow(struct kernels *k, enum runtime_lane lane,
    enum runtime_lane after)
{
	cudaEvent_t reached = gpu_of(k)->reached[after];

	RUNTIME(cudaEventRecord(reached, lane_stream(k, after)));
	RUNTIME(cudaStreamWaitEvent(lane_stream(k, lane), reached, 0));
}

void
runtime_mark(struct kernels *k, enum runtime_lane lane, size_t mark)
{
	RUNTIME(cudaEventRecord(gpu_of(k)->marks[mark],
	    lane_stream(k, lane)));
}

void
runtime_reach(struct kernels *k, size_t mark)
{
	RUNTIME(cudaEventSynchronize(gpu_of(k)->marks[mark]));
}

/*
 * The driver copies pageable memory aside before it returns: what comes from or
 * goes to other memory of the host has to be waited for.
 */
void
runtime_copy(struct kernels *k, void *out, const void *in, size_t bytes)
{
	if (bytes == 0)
		return;
	RUNTIME(cudaMemcpyAsync(out, in, bytes, cudaMemcpyDefault,
	    runtime_stream(k)));
	if (!runtime_on_device(out) ||
	    runtime_pinned(in))
		runtime_wait(k);
}

void
runtime_zero(struct kernels *k, void *out, size_t bytes)
{
	if (bytes > 0)
		RUNTIME(cudaMemsetAsync(out, 0, bytes, runtime_stream(k)));
}

void
runtime_wait(struct kernels *k)
{
	RUNTIME(cudaStreamSynchronize(runtime_stream(k)));
}
