/*
 * Merging by a heap of pairs, ordered by rank and place, over a list of
 * symbols linked by index: O(n log n) for a word of n symbols.  A pair whose
 * symbols have changed since it was queued is told by its product.
 */
#include "lib/text/merges.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/text/texthash.h"

#define NONE UINT32_MAX

struct merge {
	int32_t left, right; /* left -1: an empty slot */
	uint32_t rank;
	int32_t product;
};

struct candidate {
	uint32_t rank;
	uint32_t place;
	int32_t product;
};

struct symbol {
	int32_t id; /* -1: merged into the one before */
	uint32_t previous, next;
};

struct merges {
	struct merge *table;
	size_t mask;
	struct candidate *heap;
	size_t queued, heap_capacity;
	struct symbol *symbols;
	size_t symbol_capacity;
};

static struct merge *
find(const struct merges *m, int32_t left, int32_t right)
{
	uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
	size_t at = texthash_mix(key, 0x9E3779B97F4A7C15u) & m->mask;

	while (m->table[at].left != -1 && (m->table[at].left != left ||
	    m->table[at].right != right))
		at = (at + 1) & m->mask;
	return &m->table[at];
}

/* The halves of a merge: "a b" or ["a", "b"]. */
static int
halves(const json_t *json, const char *half[2], size_t length[2])
{
	const char *space;

	if (json_is_array(json) && json_array_size(json) == 2) {
		for (size_t i = 0; i < 2; i++) {
			half[i] = json_string_value(json_array_get(json, i));
			length[i] = json_string_length(
			    json_array_get(json, i));
		}
		return half[0] != NULL && half[1] != NULL;
	}
	half[0] = json_string_value(json);
	space = half[0] != NULL ? strchr(half[0], ' ') : NULL;
	if (space == NULL || strchr(space + 1, ' ') != NULL)
		return 0;
	half[1] = space + 1;
	length[0] = (size_t)(space - half[0]);
	length[1] = json_string_length(json) - length[0] - 1;
	return 1;
}

static int
read_merge(struct merges *m, const json_t *json, const struct vocab *v,
    uint32_t rank, struct buffer *both, struct error *err)
{
	const char *half[2];
	size_t length[2];
	struct merge new = {.rank = rank};

	if (!halves(json, half, length))
		return error_set(err, STATUS_DATA,
		    "model.merges[%u] is not a pair", rank);
	buffer_clear(both);
	if (buffer_add(both, half[0], length[0]) == -1 ||
	    buffer_add(both, half[1], length[1]) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	new.left = vocab_id(v, half[0], length[0]);
	new.right = vocab_id(v, half[1], length[1]);
	new.product = vocab_id(v, both->data, both->length);
	if (new.left == -1 || new.right == -1 || new.product == -1)
		return error_set(err, STATUS_DATA, "model.merges[%u]: "
		    "'%.*s' + '%.*s' is not in the vocabulary", rank,
		    (int)length[0], half[0], (int)length[1], half[1]);
	*find(m, new.left, new.right) = new;
	return 0;
}

struct merges *
merges_new(const json_t *json, const struct vocab *v, struct error *err)
{
	struct merges *m = calloc(1, sizeof(*m));
	struct buffer both = {0};
	const json_t *item;
	const char *s;
	uint32_t rank = 0;
	size_t slots = 16, i;

	while (slots < 2 * json_array_size(json) && slots < SIZE_MAX / 64)
		slots *= 2;
	if (m == NULL ||
	    (m->table = malloc(slots * sizeof(*m->table))) == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	m->mask = slots - 1;
	for (i = 0; i < slots; i++)
		m->table[i].left = -1;
	json_array_foreach(json, i, item) {
		s = json_string_value(item);
		if (s != NULL && strncmp(s, "#version", 8) == 0)
			continue;
		if (read_merge(m, item, v, rank++, &both, err) == -1)
			goto out;
	}
	buffer_free(&both);
	return m;
out:
	buffer_free(&both);
	merges_free(m);
	return NULL;
}

void
merges_free(struct merges *m)
{
	if (m == NULL)
		return;
	free(m->table);
	free(m->heap);
	free(m->symbols);
	free(m);
}

static int
before(const struct candidate *a, const struct candidate *b)
{
	return a->rank < b->rank ||
	    (a->rank == b->rank && a->place < b->place);
}

/* Queue the pair that begins at ${place}, if it is one. */
static void
push(struct merges *m, uint32_t place)
{
	uint32_t next = m->symbols[place].next;
	const struct merge *merge;
	struct candidate new;
	size_t at, up;

	if (next == NONE)
		return;
	merge = find(m, m->symbols[place].id, m->symbols[next].id);
	if (merge->left == -1)
		return;
	new = (struct candidate){merge->rank, place, merge->product};
	for (at = m->queued++; at > 0; at = up) {
		up = (at - 1) / 2;
		if (!before(&new, &m->heap[up]))
			break;
		m->heap[at] = m->heap[up];
	}
	m->heap[at] = new;
}

static struct candidate
pop(struct merges *m)
{
	struct candidate top = m->heap[0], last = m->heap[--m->queued];
	size_t at = 0, down;

	while ((down = 2 * at + 1) < m->queued) {
		if (down + 1 < m->queued &&
		    before(&m->heap[down + 1], &m->heap[down]))
			down++;
		if (!before(&m->heap[down], &last))
			break;
		m->heap[at] = m->heap[down];
		at = down;
	}
	m->heap[at] = last;
	return top;
}

static int
reserve(struct merges *m, size_t count)
{
	struct candidate *heap;
	struct symbol *symbols;

	if (count > m->symbol_capacity) {
		symbols = realloc(m->symbols, 2 * count * sizeof(*symbols));
		if (symbols == NULL)
			return -1;
		m->symbols = symbols;
		m->symbol_capacity = 2 * count;
	}
	/* n - 1 pairs at first; each of n - 1 merges takes 1 and adds 2. */
	if (2 * count > m->heap_capacity) {
		heap = realloc(m->heap, 4 * count * sizeof(*heap));
		if (heap == NULL)
			return -1;
		m->heap = heap;
		m->heap_capacity = 4 * count;
	}
	return 0;
}

static void
merge(struct merges *m, const struct candidate *c)
{
	struct symbol *left = &m->symbols[c->place], *right;
	const struct merge *now;

	if (left->id == -1 || left->next == NONE)
		return;
	right = &m->symbols[left->next];
	now = find(m, left->id, right->id);
	if (now->left == -1 || now->product != c->product)
		return;
	left->id = c->product;
	left->next = right->next;
	right->id = -1;
	if (right->next != NONE)
		m->symbols[right->next].previous = c->place;
	if (left->previous != NONE)
		push(m, left->previous);
	push(m, c->place);
}

int
merges_apply(struct merges *m, int32_t *ids, size_t *count)
{
	size_t n = *count, kept = 0;
	struct candidate c;

	if (n < 2)
		return 0;
	if (reserve(m, n) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		m->symbols[i] = (struct symbol){.id = ids[i],
		    .previous = i > 0 ? (uint32_t)i - 1 : NONE,
		    .next = i + 1 < n ? (uint32_t)i + 1 : NONE};
	m->queued = 0;
	for (size_t i = 0; i + 1 < n; i++)
		push(m, (uint32_t)i);
	while (m->queued > 0) {
		c = pop(m);
		merge(m, &c);
	}
	for (size_t i = 0; i < n; i++)
		if (m->symbols[i].id != -1)
			ids[kept++] = m->symbols[i].id;
	*count = kept;
	return 0;
}
