/*
 * Large pieces of pageable memory on their way to the device: two pinned
 * buffers in turn, one read into by several threads, as a mapped file's pages
 * come slowly by one, while the other is copied.
 */
#include "kernels/cuda/cuda.h"

#include <pthread.h>

#include "kernels/cuda/device.h"

#define READERS 8
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

void
cuda_upload(struct kernels *k, void *out, const void *host, size_t bytes)
{
	struct cuda *c = (struct cuda *)k;
	size_t n;

	if (bytes > c->pinned_bytes && c->pinned == NULL &&
	    !runtime_pinned(host))
		c->pinned = (char *)runtime_alloc_host(k,
		    2 * c->pinned_bytes);
	if (bytes <= c->pinned_bytes || c->pinned == NULL ||
	    runtime_pinned(host)) {
		runtime_copy(k, out, host, bytes);
		return;
	}
	runtime_follow(k, RUNTIME_UP, RUNTIME_WORK);
	for (size_t at = 0, i = 0; at < bytes; at += n, i ^= 1) {
		char *buffer = c->pinned + i * c->pinned_bytes;

		n = bytes - at < c->pinned_bytes ? bytes - at :
		    c->pinned_bytes;
		runtime_reach(k, i);
		read_wide(buffer, (const char *)host + at, n);
		runtime_copy_beside(k, RUNTIME_UP, (char *)out + at, buffer,
		    n);
		runtime_mark(k, RUNTIME_UP, i);
	}
	runtime_follow(k, RUNTIME_WORK, RUNTIME_UP);
}
