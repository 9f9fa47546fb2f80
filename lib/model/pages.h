#ifndef MODEL_PAGES_H
#define MODEL_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* The pages of a key-value cache, counted by their users. */
struct pages {
	size_t total;
	size_t free_count;
	size_t reserved;     /* of the free ones, promised */
	uint32_t *free_list;
	uint32_t *users;     /* (total) */
};

/* Pages that hold `tokens` positions. */
size_t pages_for(size_t tokens);

/* 0, or -1 when memory ran out; free with pages_free. */
int pages_new(struct pages *p, size_t total);
void pages_free(struct pages *p);

/* Promise `n` pages to a sequence; -1 when fewer are left. */
int pages_reserve(struct pages *p, size_t n);
/* Take back what is left of a promise. */
void pages_unreserve(struct pages *p, size_t n);

/* A page from a promise, with one user. */
uint32_t pages_take(struct pages *p);
/* One user more, one less; the last one frees it. */
void pages_share(struct pages *p, uint32_t page);
void pages_drop(struct pages *p, uint32_t page);

#endif
