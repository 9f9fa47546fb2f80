/*
 * Pageable memory on its way to the device, which the driver may have the work
 * wait for: by way of two pinned buffers in turn.  Small pieces lie behind one
 * another in a buffer, so that it is long free when its turn comes.  Large ones
 * are read by several threads, as a mapped file's pages come slowly by one,
 * while the other buffer is copied.
 */
#include "kernels/cuda/cuda.h"

#include <pthread.h>

#include "kernels/cuda/device.h"

#define READERS 8
#define LEAST 16 /* of a buffer's bytes, a part that pays */
#define PAGE ((size_t)4096)
#define ALIGN ((size_t)64)

struct reader {
	pthread_t thread;
	int running;
	char *out;
	const char *in;
	size_t bytes;
};

static void *
read_part(void *p)
{
	struct reader *r = (struct reader *)p;

	memcpy(r->out, r->in, r->bytes);
	return NULL;
}

/* What has no thread of its own is read by this one. */
static void
read_wide(char *out, const char *in, size_t bytes)
{
	size_t part = (bytes / READERS / PAGE + 1) * PAGE;
	struct reader readers[READERS];
	size_t n = 0;

	for (size_t at = 0; at < bytes; at += part) {
		struct reader *r = &readers[n++];

		r->out = out + at;
		r->in = in + at;
		r->bytes = bytes - at < part ? bytes - at : part;
		r->running = at + part < bytes &&
		    pthread_create(&r->thread, NULL, read_part, r) == 0;
		if (!r->running)
			(void)read_part(r);
	}
	for (size_t i = 0; i < n; i++)
		if (readers[i].running)
			(void)pthread_join(readers[i].thread, NULL);
}

/* Whether it needs buffers, and there are some: they are asked for once. */
static int
by_way(struct kernels *k, const void *host)
{
	struct cuda *c = (struct cuda *)k;

	if (runtime_pinned(host))
		return 0;
	if (c->pinned == NULL && !c->unpinned) {
		c->pinned = (char *)runtime_alloc_host(k,
		    2 * c->pinned_bytes);
		c->unpinned = c->pinned == NULL;
	}
	return c->pinned != NULL;
}

/* n bytes behind what is in the buffer, or of the next, once that is free. */
static char *
room(struct cuda *c, size_t n)
{
	char *p;

	if (n > c->pinned_bytes - c->pinned_used) {
		c->turn ^= 1;
		runtime_reach(&c->k, c->turn);
		c->pinned_used = 0;
	}
	p = c->pinned + c->turn * c->pinned_bytes + c->pinned_used;
	c->pinned_used += (n + ALIGN - 1) / ALIGN * ALIGN;
	return p;
}

static void
upload_small(struct kernels *k, void *out, const void *host, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;
	char *p = room(c, bytes);

	memcpy(p, host, bytes);
	runtime_copy_beside(k, RUNTIME_WORK, out, p, bytes);
	runtime_mark(k, RUNTIME_WORK, c->turn);
}

void
cuda_upload(struct kernels *k, void *out, const void *host, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;
	size_t n;

	if (bytes == 0)
		return;
	if (!by_way(k, host)) {
		runtime_copy(k, out, host, bytes);
		return;
	}
	if (bytes < c->pinned_bytes / LEAST) {
		upload_small(k, out, host, bytes);
		return;
	}
	runtime_follow(k, RUNTIME_UP, RUNTIME_WORK);
	for (size_t at = 0; at < bytes; at += n) {
		char *buffer;

		n = bytes - at < c->pinned_bytes ? bytes - at :
		    c->pinned_bytes;
		buffer = room(c, n);
		read_wide(buffer, (const char *)host + at, n);
		runtime_copy_beside(k, RUNTIME_UP, (char *)out + at, buffer,
		    n);
		runtime_mark(k, RUNTIME_UP, c->turn);
	}
	runtime_follow(k, RUNTIME_WORK, RUNTIME_UP);
}
