/* The emulated GPU's passes that are recorded, and downloads in halves. */
#include "kernels/cuda/emulate.h"

#include <stdlib.h>

#include "kernels/cuda/runtime.h"

#define DOWNLOADS 2

struct launch {
	struct emulate_grid grid;
	void *args;
	struct launch *next;
};

struct recorded {
	struct launch *first, **end;
};

static struct recorded *recording;

void
emulate_launch(const struct emulate_grid *grid, const void *args, size_t bytes)
{
	struct launch *l;

	if (recording == NULL) {
		emulate_run(grid, args);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL || (l->args = malloc(bytes)) == NULL)
		abort();
	memcpy(l->args, args, bytes);
	l->grid = *grid;
	*recording->end = l;
	recording->end = &l->next;
}

int
emulate_recording(void)
{
	return recording != NULL;
}

void
runtime_record_begin(struct kernels *k)
{
	(void)k;
	recording = calloc(1, sizeof(*recording));
	if (recording == NULL)
		abort();
	recording->end = &recording->first;
}

void *
runtime_record_end(struct kernels *k)
{
	void *recorded = recording;

	(void)k;
	recording = NULL;
	return recorded;
}

void
runtime_replay(struct kernels *k, void *recorded)
{
	struct recorded *r = recorded;

	(void)k;
	for (struct launch *l = r->first; l != NULL; l = l->next)
		emulate_run(&l->grid, l->args);
}

void
runtime_forget(void *recorded)
{
	struct recorded *r = recorded;

	while (r != NULL && r->first != NULL) {
		struct launch *next = r->first->next;

		free(r->first->args);
		free(r->first);
		r->first = next;
	}
	free(r);
}

/* The host has them at the end, not before. */
static struct {
	void *copy, *host;
	size_t bytes;
} downloads[DOWNLOADS];
static size_t begun, ended;

void
runtime_download_begin(struct kernels *k, void *host, const void *in,
    size_t bytes)
{
	size_t i = begun++ % DOWNLOADS;

	if (begun - ended > DOWNLOADS ||
	    (downloads[i].copy = malloc(bytes)) == NULL)
		abort();
	downloads[i].host = host;
	downloads[i].bytes = bytes;
	runtime_copy(k, downloads[i].copy, in, bytes);
	memset(host, 0xFF, bytes);
}

void
runtime_download_end(struct kernels *k)
{
	size_t i = ended++ % DOWNLOADS;

	(void)k;
	if (ended > begun)
		abort();
	memcpy(downloads[i].host, downloads[i].copy, downloads[i].bytes);
	free(downloads[i].copy);
}
