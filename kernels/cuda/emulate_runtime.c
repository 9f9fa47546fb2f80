/*
 * The emulated GPU's memory.  Every allocation ends at a page that nobody may
 * touch, and all of them are closed while no kernel and no copy runs.  Copies
 * beside the work are made as late as they may be: when another lane follows or
 * the host waits, for no more than it waits for; and those in its order when it
 * goes on.
 */
#include "kernels/cuda/cuda.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/cuda/emulate.h"
#include "kernels/cuda/runtime.h"

#define PAGE ((size_t)4096)
#define ALIGN ((size_t)64)
#define MOST ((size_t)1 << 30)
#define PIECE 4096
#define PINNED 8192
#define BESIDE 64

struct block {
	char *map, *data;
	size_t size; /* of the map without the page behind it */
	struct block *next;
};

static struct block *blocks, *hosts; /* the device's; alloc_host's */

struct copy {
	void *out;
	const void *in;
	size_t bytes;
};

/* What a lane has yet to do, behind what it has made. */
static struct {
	struct copy list[BESIDE];
	size_t count, made;
} lanes[3];

/* How many copies the lane had been given. */
static struct {
	enum runtime_lane lane;
	size_t given;
} marks[2];

/* Of p, or of its end; NULL: none. */
static const struct block *
block_of(const struct block *b, const void *p)
{
	const char *c = p;

	while (b != NULL && (c < b->map || c > b->map + b->size))
		b = b->next;
	return b;
}

/* No number that kernels are given is as large as an address. */
void
emulate_check(const char *name, const void *args, size_t bytes)
{
	for (size_t at = 0; at + sizeof(void *) <= bytes;
	    at += sizeof(void *)) {
		unsigned char resident;
		uintptr_t i;
		void *p;

		memcpy(&p, (const char *)args + at, sizeof(p));
		i = (uintptr_t)p;
		if (i >> 44 == 0 || i >> 48 != 0 ||
		    block_of(blocks, p) != NULL || block_of(hosts, p) != NULL ||
		    mincore((char *)p - i % PAGE, 1, &resident) != 0)
			continue;
		fprintf(stderr, "emulated GPU: %s is given memory of the "
		    "host, at byte %zu of its arguments\n", name, at);
		abort();
	}
}

/* What the lane has yet to do of the first it was given; memory is open. */
static void
catch_up(enum runtime_lane lane, size_t given)
{
	struct copy *list = lanes[lane].list;
	size_t n = 0;

	for (; n < lanes[lane].count && lanes[lane].made < given; n++) {
		if (list[n].in == NULL)
			memset(list[n].out, 0, list[n].bytes);
		else
			memmove(list[n].out, list[n].in, list[n].bytes);
		lanes[lane].made++;
	}
	lanes[lane].count -= n;
	memmove(list, list + n, lanes[lane].count * sizeof(*list));
}

static void
protect(int protection)
{
	if (emulate_recording())
		abort();
	for (struct block *b = blocks; b != NULL; b = b->next)
		if (mprotect(b->map, b->size, protection) != 0)
			abort();
}

void
emulate_open(int open)
{
	protect(open ? PROT_READ | PROT_WRITE : PROT_NONE);
	if (open)
		catch_up(RUNTIME_WORK, SIZE_MAX);
}

void *
runtime_alloc(struct kernels *k, size_t bytes)
{
	size_t used = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	size_t size = (used + PAGE) / PAGE * PAGE;
	struct block *b = emulate_recording() || bytes > MOST ? NULL :
	    calloc(1, sizeof(*b));

	(void)k;
	if (b == NULL)
		return NULL;
	b->size = size;
	b->map = mmap(NULL, size + PAGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->map == MAP_FAILED) {
		free(b);
		return NULL;
	}
	b->data = b->map + size - used;
	b->next = blocks;
	blocks = b;
	return b->data;
}

void
runtime_free(struct kernels *k, void *p)
{
	runtime_wait(k);
	for (struct block **b = &blocks; *b != NULL; b = &(*b)->next)
		if ((*b)->data == p) {
			struct block *gone = *b;

			*b = gone->next;
			munmap(gone->map, gone->size + PAGE);
			free(gone);
			return;
		}
	if (p != NULL)
		abort();
}

size_t
runtime_memory_free(struct kernels *k)
{
	(void)k;
	return MOST;
}

int
runtime_on_device(const void *p)
{
	return block_of(blocks, p) != NULL;
}

void
runtime_copy(struct kernels *k, void *out, const void *in, size_t bytes)
{
	(void)k;
	emulate_open(1);
	if (bytes > 0)
		memmove(out, in, bytes);
	emulate_open(0);
}

void *
runtime_alloc_host(struct kernels *k, size_t bytes)
{
	size_t size = (bytes + ALIGN) / ALIGN * ALIGN;
	void *p = bytes > MOST ? NULL : aligned_alloc(ALIGN, size);
	struct block *b = p != NULL ? calloc(1, sizeof(*b)) : NULL;

	(void)k;
	if (b == NULL) {
		free(p);
		return NULL;
	}
	memset(p, 0, bytes);
	*b = (struct block){p, p, size, hosts};
	hosts = b;
	return p;
}

void
runtime_free_host(struct kernels *k, void *p)
{
	struct block **b = &hosts, *gone;

	runtime_wait(k);
	while (p != NULL && (*b)->data != p)
		b = &(*b)->next;
	if (p != NULL) {
		gone = *b;
		*b = gone->next;
		free(gone);
	}
	free(p);
}

void
runtime_copy_beside(struct kernels *k, enum runtime_lane lane, void *out,
    const void *in, size_t bytes)
{
	(void)k;
	if (lane == RUNTIME_WORK && lanes[lane].count == BESIDE)
		runtime_wait(k);
	if (emulate_recording() || lanes[lane].count == BESIDE)
		abort();
	lanes[lane].list[lanes[lane].count++] = (struct copy){out, in, bytes};
}

void
runtime_follow(struct kernels *k, enum runtime_lane lane,
    enum runtime_lane after)
{
	(void)k, (void)lane;
	emulate_open(1);
	catch_up(after, SIZE_MAX);
	emulate_open(0);
}

void
runtime_mark(struct kernels *k, enum runtime_lane lane, size_t mark)
{
	(void)k;
	marks[mark].lane = lane;
	marks[mark].given = lanes[lane].made + lanes[lane].count;
}

void
runtime_reach(struct kernels *k, size_t mark)
{
	(void)k;
	protect(PROT_READ | PROT_WRITE);
	catch_up(marks[mark].lane, marks[mark].given);
	protect(PROT_NONE);
}

int
runtime_pinned(const void *p)
{
	return block_of(hosts, p) != NULL;
}

void
runtime_zero(struct kernels *k, void *out, size_t bytes)
{
	(void)k;
	emulate_open(1);
	if (bytes > 0)
		memset(out, 0, bytes);
	emulate_open(0);
}

void
runtime_wait(struct kernels *k)
{
	(void)k;
	emulate_open(1);
	emulate_open(0);
}

static void
emulated_close(struct kernels *k)
{
	if (lanes[RUNTIME_UP].count + lanes[RUNTIME_DOWN].count > 0)
		abort();
	cuda_end((struct cuda *)k);
	free(k);
}

struct kernels *
kernels_emulated(void)
{
	struct cuda *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	cuda_begin(c, "cuda emulated");
	c->processors = 4;
	c->piece = PIECE;
	c->pinned_bytes = PINNED;
	c->k.close = emulated_close;
	return &c->k;
}
