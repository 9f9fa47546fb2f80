/* Many small arrays, one upload. */
#include "lib/model/parcel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN ((size_t)64)

size_t
parcel_space(size_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

int
parcel_new(struct parcel *p, size_t bytes)
{
	p->bytes = bytes;
	p->host = calloc(1, bytes);
	return p->host == NULL ? -1 : 0;
}

void
parcel_free(struct parcel *p)
{
	free(p->host);
	p->host = NULL;
}

void *
parcel_add(struct parcel *p, const void *host, size_t bytes)
{
	void *device = p->device + p->used;

	assert(parcel_space(bytes) <= p->bytes - p->used);
	if (bytes > 0)
		memcpy(p->host + p->used, host, bytes);
	p->used += parcel_space(bytes);
	return device;
}

void
parcel_send(struct parcel *p, struct kernels *k)
{
	k->upload(k, p->device, p->host, p->used);
	p->used = 0;
}
