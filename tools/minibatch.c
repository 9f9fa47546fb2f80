/* Trajectories wait for their group's and their mini-batch's end. */
#include "tools/minibatch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"

int
minibatch_continues(const struct minibatch *b, const char *id, size_t length)
{
	const char *open;
	size_t size;

	if (b->count == b->closed)
		return 0;
	open = field_string(b->records[b->closed], "id", &size, NULL);
	return size == length && memcmp(open, id, length) == 0;
}

int
minibatch_push(struct minibatch *b, json_t *record,
    const struct smooth_item *item, struct error *err)
{
	size_t more = b->capacity == 0 ? 256 : 2 * b->capacity;
	void *p;

	if (b->count == b->capacity) {
		p = reallocarray(b->records, more, sizeof(*b->records));
		if (p == NULL)
			goto memory;
		b->records = p;
		p = reallocarray(b->items, more, sizeof(*b->items));
		if (p == NULL)
			goto memory;
		b->items = p;
		b->capacity = more;
	}
	b->records[b->count] = record;
	b->items[b->count] = *item;
	b->items[b->count++].group = b->groups;
	return 0;
memory:
	return error_set(err, STATUS_TEMPFAIL, "no memory for the mini-batch");
}

/* Let the records from ${from} on go. */
static void
release(struct minibatch *b, size_t from)
{
	size_t i;

	for (i = from; i < b->count; i++) {
		json_decref(b->records[i]);
		free(b->items[i].values);
	}
	b->count = from;
}

/* Keep the open group's records with R > 0. */
static void
sift(struct minibatch *b)
{
	struct smooth_item item;
	json_t *record;
	size_t i, kept = b->closed;

	for (i = b->closed; i < b->count; i++) {
		if (b->items[i].reward <= 0)
			continue;
		item = b->items[i];
		record = b->records[i];
		b->items[i] = b->items[kept];
		b->records[i] = b->records[kept];
		b->items[kept] = item;
		b->records[kept++] = record;
	}
	b->dropped += b->count - kept;
	release(b, kept);
}

void
minibatch_close(struct minibatch *b, int degenerate, int positive_only)
{
	size_t n = b->count - b->closed;
	int same;

	if (n == 0)
		return;
	same = smooth_degenerate(b->items + b->closed, n);
	b->groups++;
	b->seen += n;
	b->degenerate += (size_t)same;
	if (same && degenerate) {
		b->dropped += n;
		release(b, b->closed);
	} else if (positive_only)
		sift(b);
	b->closed = b->count;
}

void
minibatch_clear(struct minibatch *b)
{
	release(b, 0);
	b->closed = 0;
}

void
minibatch_free(struct minibatch *b)
{
	minibatch_clear(b);
	free(b->records);
	free(b->items);
	memset(b, 0, sizeof(*b));
}
