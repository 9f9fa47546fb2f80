#ifndef MODEL_ARENA_H
#define MODEL_ARENA_H

#include <stddef.h>

/*
 * Pieces of one allocation.  The same calls are made twice: with base NULL
 * they only add up `used`, the bytes to allocate; with the allocation as base
 * and used 0 again they say where the pieces lie.
 */
struct arena {
	unsigned char *base;
	size_t used;
};

/* The next piece, 64-byte aligned as base is; NULL where base is. */
void *arena_take(struct arena *a, size_t bytes);

#endif
