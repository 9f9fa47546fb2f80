#ifndef MODEL_PAGES_H
#define MODEL_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* The pages of a key-value cache: which are free, how many were in use. */
struct pages {
	size_t total;
	size_t free_count;
	size_t most;         /* in use at a time */
	uint32_t *free_list;
};

/* Pages that hold `tokens` positions. */
size_t pages_for(size_t tokens);

/* 0, or -1 when memory ran out; free with pages_free. */
int pages_new(struct pages *p, size_t total);
void pages_free(struct pages *p);

/* A free page, the one last given back; there must be one. */
uint32_t pages_take(struct pages *p);
void pages_give(struct pages *p, uint32_t page);

#endif
