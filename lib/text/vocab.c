/* The vocabulary: two arenas of strings, an array by id, a hash by string. */
#include "lib/text/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/text/bytelevel.h"
#include "lib/text/texthash.h"

#define MAX_ID ((int64_t)1 << 24)

struct entry {
	size_t token, token_length; /* in the arena of spellings */
	size_t bytes, bytes_length; /* in the arena of bytes */
	int used;
};

struct vocab {
	struct buffer spellings;
	struct buffer bytes;
	struct entry *entries; /* by id */
	size_t size;           /* one more than the largest id */
	size_t capacity;
	int32_t *slots;        /* ids, -1 for empty; a power of two of them */
	size_t mask;
	size_t count;
};

static int
rehash(struct vocab *v, size_t slots)
{
	int32_t *new = malloc(slots * sizeof(*new));
	const struct entry *e;
	size_t at;

	if (new == NULL)
		return -1;
	memset(new, 0xFF, slots * sizeof(*new));
	for (size_t id = 0; id < v->size; id++) {
		e = &v->entries[id];
		if (!e->used)
			continue;
		at = texthash(v->spellings.data + e->token, e->token_length) &
		    (slots - 1);
		while (new[at] != -1)
			at = (at + 1) & (slots - 1);
		new[at] = (int32_t)id;
	}
	free(v->slots);
	v->slots = new;
	v->mask = slots - 1;
	return 0;
}

struct vocab *
vocab_new(void)
{
	struct vocab *v = calloc(1, sizeof(*v));

	if (v != NULL && rehash(v, 1024) == -1) {
		free(v);
		return NULL;
	}
	return v;
}

void
vocab_free(struct vocab *v)
{
	if (v == NULL)
		return;
	buffer_free(&v->spellings);
	buffer_free(&v->bytes);
	free(v->entries);
	free(v->slots);
	free(v);
}

/* The slot that holds the token, or the empty one where it belongs. */
static size_t
find(const struct vocab *v, const char *token, size_t length)
{
	size_t at = texthash(token, length) & v->mask;
	const struct entry *e;

	for (; v->slots[at] != -1; at = (at + 1) & v->mask) {
		e = &v->entries[v->slots[at]];
		if (e->token_length == length &&
		    memcmp(v->spellings.data + e->token, token, length) == 0)
			break;
	}
	return at;
}

static int
grow(struct vocab *v, size_t size)
{
	size_t capacity = v->capacity > 0 ? v->capacity : 1024;
	struct entry *entries;

	while (capacity < size)
		capacity *= 2;
	if (capacity > v->capacity) {
		entries = realloc(v->entries, capacity * sizeof(*entries));
		if (entries == NULL)
			return -1;
		memset(entries + v->capacity, 0,
		    (capacity - v->capacity) * sizeof(*entries));
		v->entries = entries;
		v->capacity = capacity;
	}
	if (v->size < size)
		v->size = size;
	return 0;
}

int
vocab_respell(struct vocab *v, int32_t id, const char *token, size_t length)
{
	struct entry *e = &v->entries[id];

	e->bytes = v->bytes.length;
	if (bytelevel_decode(token, length, &v->bytes) == -1)
		return -1;
	e->bytes_length = v->bytes.length - e->bytes;
	return 0;
}

int
vocab_add(struct vocab *v, const char *token, size_t length, int64_t id,
    struct error *err)
{
	struct entry *e;
	size_t slot;

	if (id < 0 || id >= MAX_ID)
		return error_set(err, STATUS_DATA,
		    "token '%s': the id %lld is out of range", token,
		    (long long)id);
	slot = find(v, token, length);
	if (v->slots[slot] == (int32_t)id)
		return 0;
	if (v->slots[slot] != -1)
		return error_set(err, STATUS_DATA,
		    "token '%s' has two ids, %d and %lld", token,
		    (int)v->slots[slot], (long long)id);
	if (grow(v, (size_t)id + 1) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	e = &v->entries[id];
	if (e->used)
		return error_set(err, STATUS_DATA,
		    "two tokens have the id %lld, the second is '%s'",
		    (long long)id, token);
	e->token = v->spellings.length;
	e->token_length = length;
	if (buffer_add(&v->spellings, token, length) == -1 ||
	    vocab_respell(v, (int32_t)id, token, length) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	e->used = 1;
	v->slots[slot] = (int32_t)id;
	if (++v->count * 2 > v->mask && rehash(v, (v->mask + 1) * 2) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

int32_t
vocab_id(const struct vocab *v, const char *token, size_t length)
{
	return v->slots[find(v, token, length)];
}

static const struct entry *
entry(const struct vocab *v, int32_t id)
{
	if (id < 0 || (size_t)id >= v->size || !v->entries[id].used)
		return NULL;
	return &v->entries[id];
}

const char *
vocab_token(const struct vocab *v, int32_t id, size_t *length)
{
	const struct entry *e = entry(v, id);

	*length = e != NULL ? e->token_length : 0;
	return e != NULL ? v->spellings.data + e->token : NULL;
}

const char *
vocab_bytes(const struct vocab *v, int32_t id, size_t *length)
{
	const struct entry *e = entry(v, id);

	*length = e != NULL ? e->bytes_length : 0;
	return e != NULL ? v->bytes.data + e->bytes : NULL;
}

size_t
vocab_size(const struct vocab *v)
{
	return v->size;
}
