/* Counting the pages of a key-value cache. */
#include "lib/model/pages.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"

size_t
pages_for(size_t tokens)
{
	return (tokens + KV_PAGE - 1) / KV_PAGE;
}

int
pages_new(struct pages *p, size_t total)
{
	memset(p, 0, sizeof(*p));
	p->free_list = calloc(total, sizeof(*p->free_list));
	if (p->free_list == NULL)
		return -1;
	p->total = p->free_count = total;
	for (size_t i = 0; i < total; i++)
		p->free_list[i] = (uint32_t)(total - 1 - i);
	return 0;
}

void
pages_free(struct pages *p)
{
	free(p->free_list);
	memset(p, 0, sizeof(*p));
}

uint32_t
pages_take(struct pages *p)
{
	assert(p->free_count > 0);
	p->free_count--;
	if (p->total - p->free_count > p->most)
		p->most = p->total - p->free_count;
	return p->free_list[p->free_count];
}

void
pages_give(struct pages *p, uint32_t page)
{
	assert(p->free_count < p->total);
	p->free_list[p->free_count++] = page;
}
