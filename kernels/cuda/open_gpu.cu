/* The plugin: a GPU opened, once driver, library and GPU are known to do. */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/gpu.cuh"
#include "kernels/plugin.h"

#define OLDEST 8 /* compute capability, major: what we compile for */

extern "C" plugin_abi_function plugin_abi;
extern "C" plugin_open_function plugin_open;

extern "C" const struct plugin_abi *
plugin_abi(void)
{
	static const struct plugin_abi abi = PLUGIN_THIS_ABI;

	return &abi;
}

/* Drivers run what was compiled for any older version of the same major. */
static int
check_versions(char *why, size_t size)
{
	size_t lt = cublasLtGetVersion();
	int driver = 0, runtime = 0;

	RUNTIME(cudaRuntimeGetVersion(&runtime));
	RUNTIME(cudaDriverGetVersion(&driver));
	if (driver == 0)
		snprintf(why, size, "no NVIDIA driver is installed");
	else if (driver / 1000 < runtime / 1000)
		snprintf(why, size, "the NVIDIA driver is for CUDA %d.%d, and "
		    "%d.0 is needed", driver / 1000, driver % 1000 / 10,
		    runtime / 1000);
	else if (lt / 10000 != (size_t)runtime / 1000)
		snprintf(why, size, "libcublasLt is of version %zu.%zu, and "
		    "one for CUDA %d is needed", lt / 10000, lt % 10000 / 100,
		    runtime / 1000);
	else
		return 0;
	return -1;
}

static int
check_device(int device, char *why, size_t size)
{
	int count = 0, major = 0;
	cudaError_t status = cudaGetDeviceCount(&count);

	if (status != cudaSuccess || count == 0)
		snprintf(why, size, "no GPU: %s",
		    cudaGetErrorString(status != cudaSuccess ? status :
		    cudaErrorNoDevice));
	else if (device >= count)
		snprintf(why, size, "there is no GPU %d, only %d", device,
		    count);
	else if ((status = cudaSetDevice(device)) != cudaSuccess ||
	    (status = cudaDeviceGetAttribute(&major,
	    cudaDevAttrComputeCapabilityMajor, device)) != cudaSuccess)
		snprintf(why, size, "GPU %d: %s", device,
		    cudaGetErrorString(status));
	else if (major < OLDEST)
		snprintf(why, size, "GPU %d is of compute capability %d, and "
		    "%d.0 is needed", device, major, OLDEST);
	else
		return 0;
	return -1;
}

static cudaEvent_t *
event_of(struct gpu *g, int i)
{
	return i < 3 ? &g->reached[i] : &g->marks[i - 3];
}

static void
gpu_close(struct kernels *k)
{
	struct gpu *g = (struct gpu *)k;

	if (g == NULL)
		return;
	cuda_end(&g->cuda);
	gpu_downloads_free(g);
	if (g->workspace != NULL)
		runtime_free(k, g->workspace);
	if (g->lt != NULL)
		cublasLtDestroy(g->lt);
	for (int i = 0; i < 5; i++)
		if (*event_of(g, i) != NULL)
			cudaEventDestroy(*event_of(g, i));
	if (g->up != NULL)
		cudaStreamDestroy(g->up);
	if (g->down != NULL)
		cudaStreamDestroy(g->down);
	if (g->stream != NULL)
		cudaStreamDestroy(g->stream);
	free(g);
}

static int
lanes_begin(struct gpu *g)
{
	cudaStream_t *streams[] = {&g->stream, &g->up, &g->down};

	for (int i = 0; i < 3; i++)
		if (cudaStreamCreateWithFlags(streams[i],
		    cudaStreamNonBlocking) != cudaSuccess)
			return -1;
	for (int i = 0; i < 5; i++)
		if (cudaEventCreateWithFlags(event_of(g, i),
		    cudaEventDisableTiming) != cudaSuccess)
			return -1;
	return 0;
}

static int
gpu_begin(struct gpu *g, int device)
{
	struct cudaDeviceProp p;

	if (lanes_begin(g) != 0 ||
	    cublasLtCreate(&g->lt) != CUBLAS_STATUS_SUCCESS ||
	    cudaGetDeviceProperties(&p, device) != cudaSuccess)
		return -1;
	snprintf(g->name, sizeof(g->name), "cuda:%d %.64s", device, p.name);
	cuda_begin(&g->cuda, g->name);
	g->cuda.processors = (size_t)p.multiProcessorCount;
	g->cuda.piece = GPU_PIECE;
	g->cuda.pinned_bytes = GPU_PINNED;
	g->cuda.k.close = gpu_close;
	g->workspace = runtime_alloc(&g->cuda.k, GPU_WORKSPACE);
	return g->workspace != NULL ? 0 : -1;
}

extern "C" struct kernels *
plugin_open(int device, char *why, size_t size)
{
	struct gpu *g;

	if (check_versions(why, size) || check_device(device, why, size))
		return NULL;
	g = (struct gpu *)calloc(1, sizeof(*g));
	if (g != NULL && gpu_begin(g, device) == 0)
		return &g->cuda.k;
	snprintf(why, size, "GPU %d: %s", device,
	    cudaGetErrorString(cudaGetLastError()));
	gpu_close(g != NULL ? &g->cuda.k : NULL);
	return NULL;
}
