/* One allocation's pieces. */
#include "lib/model/arena.h"

#define ALIGN ((size_t)64)

void *
arena_take(struct arena *a, size_t bytes)
{
	void *p = a->base != NULL ? a->base + a->used : NULL;

	a->used += (bytes + ALIGN - 1) / ALIGN * ALIGN;
	return p;
}
