/* Numbers for strings: open addressing over an array of entries. */
#include "lib/rl/idtable.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char *text;
	size_t length;
	uint64_t hash;
};

struct idtable {
	struct entry *entries;
	size_t count;
	size_t capacity;
	size_t *slots; /* entry number + 1; 0 is empty */
	size_t mask;   /* slots - 1; slots = 2 * capacity */
};

/* FNV-1a, 64 bits. */
static uint64_t
hash(const char *text, size_t length)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return h ^ h >> 32;
}

struct idtable *
idtable_new(void)
{
	return calloc(1, sizeof(struct idtable));
}

void
idtable_free(struct idtable *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->count; i++)
		free(t->entries[i].text);
	free(t->entries);
	free(t->slots);
	free(t);
}

static void
place(struct idtable *t, size_t i)
{
	size_t s = (size_t)t->entries[i].hash & t->mask;

	while (t->slots[s] != 0)
		s = (s + 1) & t->mask;
	t->slots[s] = i + 1;
}

static int
grow(struct idtable *t)
{
	size_t capacity = t->capacity == 0 ? 64 : t->capacity * 2, i;
	size_t *slots = calloc(2 * capacity, sizeof(*slots));
	struct entry *entries;

	entries = slots == NULL ? NULL
	    : reallocarray(t->entries, capacity, sizeof(*entries));
	if (entries == NULL) {
		free(slots);
		return -1;
	}
	free(t->slots);
	t->slots = slots;
	t->entries = entries;
	t->capacity = capacity;
	t->mask = 2 * capacity - 1;
	for (i = 0; i < t->count; i++)
		place(t, i);
	return 0;
}

size_t
idtable_index(struct idtable *t, const char *text, size_t length)
{
	uint64_t h = hash(text, length);
	const struct entry *e;
	char *copy;
	size_t s;

	for (s = (size_t)h & t->mask; t->slots != NULL && t->slots[s] != 0;
	    s = (s + 1) & t->mask) {
		e = &t->entries[t->slots[s] - 1];
		if (e->hash == h && e->length == length &&
		    memcmp(e->text, text, length) == 0)
			return t->slots[s] - 1;
	}
	if (t->count == t->capacity && grow(t) != 0)
		return SIZE_MAX;
	copy = malloc(length + 1);
	if (copy == NULL)
		return SIZE_MAX;
	memcpy(copy, text, length);
	copy[length] = '\0';
	t->entries[t->count] = (struct entry){copy, length, h};
	place(t, t->count);
	return t->count++;
}

size_t
idtable_count(const struct idtable *t)
{
	return t->count;
}

const char *
idtable_text(const struct idtable *t, size_t i, size_t *length)
{
	if (length != NULL)
		*length = t->entries[i].length;
	return t->entries[i].text;
}
