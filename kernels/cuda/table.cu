/* The table of the CUDA backend, and memory for its operations. */
#include "kernels/cuda/cuda.h"

#include <stdlib.h>

#include "kernels/cuda/device.h"

#define WAVES 16 /* blocks a multiprocessor gets in turn */

#define CUDA_SET(name) c->k.name = cuda_##name;

void
cuda_begin(struct cuda *c, const char *name, size_t processors)
{
	CUDA_OPS(CUDA_SET)
	c->k.name = name;
	c->k.threads = 1;
	c->k.alloc = runtime_alloc;
	c->k.free = runtime_free;
	c->k.memory_free = runtime_memory_free;
	c->k.upload = runtime_copy;
	c->k.download = runtime_copy;
	c->k.copy = runtime_copy;
	c->k.zero = runtime_zero;
	c->processors = processors;
}

void
cuda_end(struct cuda *c)
{
	runtime_free(&c->k, c->scratch);
	c->scratch = NULL;
	c->scratch_bytes = 0;
}

void *
cuda_scratch(struct kernels *k, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;

	if (c->scratch == NULL || bytes > c->scratch_bytes) {
		cuda_end(c);
		c->scratch = runtime_alloc(k, bytes);
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
