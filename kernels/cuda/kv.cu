/* Pages of the key-value cache: their size, and copies of parts of them. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/packed.h"

#define THREADS 256

struct copies {
	uint32_t *cache; /* words */
	const struct page_copy *list;
	size_t n, page, position; /* words of a page, of a position */
};

/* A thread has a word of every page, so that copies are made in order. */
KERNEL(copy, copies)
{
	EACH(i, a.page) {
		size_t p = i / a.position % KV_PAGE;

		for (size_t c = 0; c < a.n; c++)
			if (p < a.list[c].positions)
				a.cache[a.list[c].to * a.page + i] =
				    a.cache[a.list[c].from * a.page + i];
	}
}

size_t
cuda_kv_page_bytes(enum dtype type, const struct attention_shape *a)
{
	return a->kv_heads * 2 * KV_PAGE * a->head_dim * dtype_bytes(type);
}

void
cuda_kv_copy(struct kernels *k, void *cache, enum dtype type,
    const struct attention_shape *a, const struct page_copy *list, size_t n)
{
	size_t page = cuda_kv_page_bytes(type, a) / sizeof(uint32_t);
	struct copies c = {(uint32_t *)cache, list, n, page,
	    a->head_dim * dtype_bytes(type) / sizeof(uint32_t)};

	LAUNCH(k, copy, c, (page + THREADS - 1) / THREADS, 1, 1, THREADS, 0);
}
