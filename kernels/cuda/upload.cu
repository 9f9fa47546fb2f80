/*
 * Large pieces of pageable memory on their way to the device: two pinned
 * buffers in turn, one read into by several threads, as a mapped file's pages
 * come slowly by one, while the other is copied.
 */
#include "kernels/cuda/cuda.h"

#include <pthread.h>

#include "kernels/cuda/device.h"

#define READERS 8
#define LEAST 16 /* of a buffer's bytes, a part that pays */
#define PAGE ((size_t)4096)

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

/* Whether it is worth it, and there are buffers. */
static int
by_way(struct kernels *k, const void *host, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;

	if (bytes < c->pinned_bytes / LEAST || runtime_pinned(host))
		return 0;
	if (c->pinned == NULL)
		c->pinned = (char *)runtime_alloc_host(k,
		    2 * c->pinned_bytes);
	return c->pinned != NULL;
}

void
cuda_upload(struct kernels *k, void *out, const void *host, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;
	size_t n;

	if (!by_way(k, host, bytes)) {
		runtime_copy(k, out, host, bytes);
		return;
	}
	runtime_follow(k, RUNTIME_UP, RUNTIME_WORK);
	for (size_t at = 0; at < bytes; at += n, c->turn ^= 1) {
		char *buffer = c->pinned + c->turn * c->pinned_bytes;

		n = bytes - at < c->pinned_bytes ? bytes - at :
		    c->pinned_bytes;
		runtime_reach(k, c->turn);
		read_wide(buffer, (const char *)host + at, n);
		runtime_copy_beside(k, RUNTIME_UP, (char *)out + at, buffer,
		    n);
		runtime_mark(k, RUNTIME_UP, c->turn);
	}
	runtime_follow(k, RUNTIME_WORK, RUNTIME_UP);
}
