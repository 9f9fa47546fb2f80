/* A hash table with open addressing over two arenas: words and their ids. */
#include "lib/text/wordcache.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/text/ids.h"
#include "lib/text/texthash.h"

#define SLOTS ((size_t)1 << 17)
#define MAX_WORDS (SLOTS / 2)
#define MAX_LENGTH 128

struct slot {
	uint64_t hash;
	uint32_t word, ids;            /* where they begin in the arenas */
	uint16_t word_length, id_count; /* length 0: an empty slot */
};

struct wordcache {
	struct slot *slots;
	size_t count;
	struct buffer words;
	struct ids ids;
};

struct wordcache *
wordcache_new(void)
{
	struct wordcache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->slots = calloc(SLOTS, sizeof(*c->slots));
	if (c->slots == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
wordcache_free(struct wordcache *c)
{
	if (c == NULL)
		return;
	free(c->slots);
	buffer_free(&c->words);
	ids_free(&c->ids);
	free(c);
}

static size_t
find(const struct wordcache *c, uint64_t hash, const char *word,
    size_t length)
{
	size_t at = hash & (SLOTS - 1);
	const struct slot *s;

	for (;; at = (at + 1) & (SLOTS - 1)) {
		s = &c->slots[at];
		if (s->word_length == 0)
			return at;
		if (s->hash == hash && s->word_length == length &&
		    memcmp(c->words.data + s->word, word, length) == 0)
			return at;
	}
}

const int32_t *
wordcache_get(const struct wordcache *c, const char *word, size_t length,
    size_t *count)
{
	const struct slot *s;

	if (length == 0 || length > MAX_LENGTH)
		return NULL;
	s = &c->slots[find(c, texthash(word, length), word, length)];
	if (s->word_length == 0)
		return NULL;
	*count = s->id_count;
	return c->ids.data + s->ids;
}

static void
clear(struct wordcache *c)
{
	memset(c->slots, 0, SLOTS * sizeof(*c->slots));
	buffer_clear(&c->words);
	c->ids.length = 0;
	c->count = 0;
}

void
wordcache_put(struct wordcache *c, const char *word, size_t length,
    const int32_t *ids, size_t count)
{
	uint64_t hash = texthash(word, length);
	struct slot *s;

	/* A word never has more ids than bytes. */
	if (length == 0 || length > MAX_LENGTH || count > length)
		return;
	if (c->count == MAX_WORDS)
		clear(c);
	/* Room first: get points into the ids, also for a word without any. */
	if (buffer_reserve(&c->words, length) == -1 ||
	    ids_reserve(&c->ids, count + 1) == -1)
		return;
	s = &c->slots[find(c, hash, word, length)];
	if (s->word_length != 0)
		return;
	*s = (struct slot){.hash = hash,
	    .word = (uint32_t)c->words.length,
	    .ids = (uint32_t)c->ids.length,
	    .word_length = (uint16_t)length,
	    .id_count = (uint16_t)count};
	buffer_add(&c->words, word, length);
	ids_append(&c->ids, ids, count);
	c->count++;
}
