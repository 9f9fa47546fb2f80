/*
 * The emulated GPU's memory.  Every allocation ends at a page that nobody may
 * touch, and all of them are closed while no kernel and no copy runs.
 */
#include "kernels/cuda/cuda.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/cuda/emulate.h"
#include "kernels/cuda/runtime.h"

#define PAGE ((size_t)4096)
#define ALIGN ((size_t)64)
#define MOST ((size_t)1 << 30)

struct block {
	char *map, *data;
	size_t size; /* of the map without the page behind it */
	struct block *next;
};

static struct block *blocks;

void
emulate_open(int open)
{
	if (emulate_recording())
		abort();
	for (struct block *b = blocks; b != NULL; b = b->next)
		if (mprotect(b->map, b->size, open ? PROT_READ | PROT_WRITE :
		    PROT_NONE) != 0)
			abort();
}

void *
runtime_alloc(struct kernels *k, size_t bytes)
{
	size_t used = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	size_t size = (used + PAGE) / PAGE * PAGE;
	struct block *b = emulate_recording() || bytes > MOST ? NULL :
	    calloc(1, sizeof(*b));

	(void)k;
	if (b == NULL)
		return NULL;
	b->size = size;
	b->map = mmap(NULL, size + PAGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->map == MAP_FAILED) {
		free(b);
		return NULL;
	}
	b->data = b->map + size - used;
	b->next = blocks;
	blocks = b;
	return b->data;
}

void
runtime_free(struct kernels *k, void *p)
{
	(void)k;
	for (struct block **b = &blocks; *b != NULL; b = &(*b)->next)
		if ((*b)->data == p) {
			struct block *gone = *b;

			*b = gone->next;
			munmap(gone->map, gone->size + PAGE);
			free(gone);
			return;
		}
	if (p != NULL)
		abort();
}

size_t
runtime_memory_free(struct kernels *k)
{
	(void)k;
	return MOST;
}

int
runtime_on_device(const void *p)
{
	const char *c = p;

	for (const struct block *b = blocks; b != NULL; b = b->next)
		if (c >= b->map && c < b->map + b->size)
			return 1;
	return 0;
}

void
runtime_copy(struct kernels *k, void *out, const void *in, size_t bytes)
{
	(void)k;
	emulate_open(1);
	if (bytes > 0)
		memmove(out, in, bytes);
	emulate_open(0);
}

void
runtime_zero(struct kernels *k, void *out, size_t bytes)
{
	(void)k;
	emulate_open(1);
	if (bytes > 0)
		memset(out, 0, bytes);
	emulate_open(0);
}

void
runtime_wait(struct kernels *k)
{
	(void)k;
}

static void
emulated_close(struct kernels *k)
{
	cuda_end((struct cuda *)k);
	free(k);
}

struct kernels *
kernels_emulated(void)
{
	struct cuda *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	cuda_begin(c, "cuda emulated", 4);
	c->k.close = emulated_close;
	return &c->k;
}
