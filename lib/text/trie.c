/*
 * A byte trie.  Its search starts anew at every place where some string may
 * begin: with strings of bounded length that is linear, and the table of
 * first bytes passes over nearly all of a text.
 */
#include "lib/text/trie.h"

#include <stdlib.h>

struct trie_node {
	uint32_t child;   /* the first of its children, 0 for none */
	uint32_t sibling; /* the next child of its parent, 0 for none */
	int32_t value;    /* of the string that ends here, -1 for none */
	unsigned char byte;
};

static int
add_node(struct trie *t, unsigned char byte, uint32_t *index)
{
	struct trie_node *nodes;
	size_t capacity = t->capacity > 0 ? t->capacity * 2 : 64;

	if (t->count == UINT32_MAX)
		return -1;
	if (t->count == t->capacity) {
		nodes = realloc(t->nodes, capacity * sizeof(*nodes));
		if (nodes == NULL)
			return -1;
		t->nodes = nodes;
		t->capacity = capacity;
	}
	t->nodes[t->count] = (struct trie_node){.value = -1, .byte = byte};
	*index = (uint32_t)t->count++;
	return 0;
}

static uint32_t
child(const struct trie *t, uint32_t node, unsigned char byte)
{
	uint32_t c = t->nodes[node].child;

	while (c != 0 && t->nodes[c].byte != byte)
		c = t->nodes[c].sibling;
	return c;
}

int
trie_add(struct trie *t, const char *s, size_t length, int32_t value)
{
	uint32_t node = 0, next;

	if (t->count == 0 && add_node(t, 0, &node) == -1)
		return -1;
	for (size_t i = 0; i < length; i++) {
		next = child(t, node, (unsigned char)s[i]);
		if (next == 0) {
			if (add_node(t, (unsigned char)s[i], &next) == -1)
				return -1;
			t->nodes[next].sibling = t->nodes[node].child;
			t->nodes[node].child = next;
		}
		node = next;
	}
	if (length > 0) {
		t->nodes[node].value = value;
		t->first[(unsigned char)s[0]] = 1;
	}
	return 0;
}

int32_t
trie_find(const struct trie *t, const char *text, size_t length,
    size_t *start, size_t *end)
{
	const unsigned char *s = (const unsigned char *)text;
	int32_t best = -1;
	uint32_t node;

	if (t->count == 0)
		return -1;
	for (size_t at = *start; at < length; at++) {
		if (!t->first[s[at]])
			continue;
		node = 0;
		for (size_t i = at; i < length; i++) {
			node = child(t, node, s[i]);
			if (node == 0)
				break;
			if (t->nodes[node].value == -1)
				continue;
			best = t->nodes[node].value;
			*start = at;
			*end = i + 1;
		}
		if (best != -1)
			return best;
	}
	return -1;
}

void
trie_free(struct trie *t)
{
	free(t->nodes);
	*t = (struct trie){0};
}
