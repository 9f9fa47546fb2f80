#ifndef TEXT_TRIE_H
#define TEXT_TRIE_H

#include <stddef.h>
#include <stdint.h>

/* Strings to find in a text; zero-initialise it, free it with trie_free. */
struct trie {
	struct trie_node *nodes;
	size_t count;
	size_t capacity;
	unsigned char first[256]; /* whether a string begins with this byte */
};

/* Add a string; the value (>= 0) replaces an earlier one.  0, or -1. */
int trie_add(struct trie *t, const char *s, size_t length, int32_t value);

/*
 * trie_find(t, text, length, start, end):
 * The leftmost of the longest strings in ${text} from *${start} on: returns
 * its value and its place in ${start} and ${end}, or -1.
 */
int32_t trie_find(const struct trie *t, const char *text, size_t length,
    size_t *start, size_t *end);

void trie_free(struct trie *t);

#endif
