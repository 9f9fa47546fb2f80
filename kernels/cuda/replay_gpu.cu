/* Recorded passes as CUDA graphs, and downloads in halves. */
#include <assert.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/gpu.cuh"

static_assert(sizeof(cudaGraphExec_t) == sizeof(void *), "a pointer");

void
runtime_record_begin(struct kernels *k)
{
	RUNTIME(cudaStreamBeginCapture(runtime_stream(k),
	    cudaStreamCaptureModeThreadLocal));
}

void *
runtime_record_end(struct kernels *k)
{
	cudaGraphExec_t recorded;
	cudaGraph_t graph;

	RUNTIME(cudaStreamEndCapture(runtime_stream(k), &graph));
	RUNTIME(cudaGraphInstantiate(&recorded, graph, 0));
	RUNTIME(cudaGraphDestroy(graph));
	return recorded;
}

void
runtime_replay(struct kernels *k, void *recorded)
{
	RUNTIME(cudaGraphLaunch((cudaGraphExec_t)recorded, runtime_stream(k)));
}

void
runtime_forget(void *recorded)
{
	if (recorded != NULL)
		RUNTIME(cudaGraphExecDestroy((cudaGraphExec_t)recorded));
}

static void
download_room(struct gpu_download *d, size_t bytes)
{
	if (d->done == NULL)
		RUNTIME(cudaEventCreateWithFlags(&d->done,
		    cudaEventDisableTiming));
	if (bytes <= d->room)
		return;
	if (d->pinned != NULL)
		RUNTIME(cudaFreeHost(d->pinned));
	RUNTIME(cudaMallocHost(&d->pinned, bytes));
	d->room = bytes;
}

void
runtime_download_begin(struct kernels *k, void *host, const void *in,
    size_t bytes)
{
	struct gpu *g = (struct gpu *)k;
	struct gpu_download *d = &g->downloads[g->begun++ % GPU_DOWNLOADS];

	assert(g->begun - g->ended <= GPU_DOWNLOADS);
	download_room(d, bytes);
	d->host = host;
	d->bytes = bytes;
	RUNTIME(cudaMemcpyAsync(d->pinned, in, bytes, cudaMemcpyDeviceToHost,
	    g->stream));
	RUNTIME(cudaEventRecord(d->done, g->stream));
}

void
runtime_download_end(struct kernels *k)
{
	struct gpu *g = (struct gpu *)k;
	struct gpu_download *d = &g->downloads[g->ended++ % GPU_DOWNLOADS];

	RUNTIME(cudaEventSynchronize(d->done));
	memcpy(d->host, d->pinned, d->bytes);
}

void
gpu_downloads_free(struct gpu *g)
{
	for (size_t i = 0; i < GPU_DOWNLOADS; i++) {
		struct gpu_download *d = &g->downloads[i];

		if (d->done != NULL)
			cudaEventDestroy(d->done);
		if (d->pinned != NULL)
			cudaFreeHost(d->pinned);
	}
}
