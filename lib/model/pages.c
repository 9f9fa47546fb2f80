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
	p->users = calloc(total, sizeof(*p->users));
	if (p->free_list == NULL || p->users == NULL) {
		pages_free(p);
		return -1;
	}
	p->total = p->free_count = total;
	for (size_t i = 0; i < total; i++)
		p->free_list[i] = (uint32_t)(total - 1 - i);
	return 0;
}

void
pages_free(struct pages *p)
{
	free(p->free_list);
	free(p->users);
	memset(p, 0, sizeof(*p));
}

int
pages_reserve(struct pages *p, size_t n)
{
	if (p->free_count - p->reserved < n)
		return -1;
	p->reserved += n;
	return 0;
}

void
pages_unreserve(struct pages *p, size_t n)
{
	assert(n <= p->reserved);
	p->reserved -= n;
}

uint32_t
pages_take(struct pages *p)
{
	uint32_t page;

	assert(p->reserved > 0 && p->free_count > 0);
	p->reserved--;
	page = p->free_list[--p->free_count];
	p->users[page] = 1;
	return page;
}

void
pages_share(struct pages *p, uint32_t page)
{
	p->users[page]++;
}

void
pages_drop(struct pages *p, uint32_t page)
{
	assert(p->users[page] > 0);
	if (--p->users[page] == 0)
		p->free_list[p->free_count++] = page;
}
