/* The table of the CUDA backend, and memory for its operations. */
#include "kernels/cuda/cuda.h"

#include <stdlib.h>

#include "kernels/cuda/attend.h"

#define LOGITS ((size_t)512 << 20)
#define WAVES 16 /* blocks a multiprocessor gets in turn */

/* Beside the cache: operations' scratch, the library's, recorded passes. */
#define SPARE ((size_t)1 << 30)

/* Nobody else is at home, but what we need ourselves comes and goes. */
static size_t
memory_plan(struct kernels *k)
{
	size_t bytes = runtime_memory_free(k);

	return bytes > 2 * SPARE ? bytes - SPARE : bytes / 2;
}

/* What was recorded may use it. */
static void
cuda_free(struct kernels *k, void *p)
{
	cuda_forget(k);
	runtime_free(k, p);
}

#define CUDA_SET(name) c->k.name = cuda_##name;

void
cuda_begin(struct cuda *c, const char *name)
{
	CUDA_OPS(CUDA_SET)
	c->k.name = name;
	c->k.threads = 1;
	c->k.alloc = runtime_alloc;
	c->k.free = cuda_free;
	c->k.alloc_host = runtime_alloc_host;
	c->k.free_host = runtime_free_host;
	c->k.memory_free = runtime_memory_free;
	c->k.memory_plan = memory_plan;
	c->k.download_begin = runtime_download_begin;
	c->k.download_end = runtime_download_end;
	c->k.most_head_dim = ATTEND_MOST;
	c->k.ahead = 1;
	c->k.logits_bytes = LOGITS;
	c->k.upload = cuda_upload;
	c->k.download = runtime_copy;
	c->k.copy = runtime_copy;
	c->k.zero = runtime_zero;
}

void
cuda_end(struct cuda *c)
{
	cuda_free(&c->k, c->scratch);
	runtime_free_host(&c->k, c->pinned);
	c->scratch = c->pinned = NULL;
	c->scratch_bytes = 0;
}

void *
cuda_scratch(struct kernels *k, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;

	if (c->scratch == NULL || bytes > c->scratch_bytes) {
		cuda_free(k, c->scratch);
		c->scratch = runtime_alloc(k, bytes);
		if (c->scratch == NULL && k->exhausted != NULL)
			k->exhausted(bytes);
		if (c->scratch == NULL)
			abort();
		c->scratch_bytes = bytes;
	}
	return c->scratch;
}

size_t
cuda_blocks(const struct kernels *k, size_t n, size_t threads)
{
	size_t blocks = (n + threads - 1) / threads;
	size_t most = ((const struct cuda *)k)->processors * WAVES;

	return blocks < most ? blocks : most;
}
