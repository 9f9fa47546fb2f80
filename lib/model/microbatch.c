/* Sequences packed into micro-batches in which equal prompts are shared. */
#include "lib/model/microbatch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/pages.h"

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Rows of a response that goes on behind its prompt's. */
static size_t
child_rows(const struct sequence *s)
{
	return s->length - s->prompt - 1;
}

static size_t
responses_of(const struct sequence *s)
{
	return s->length - s->prompt;
}

static int
by_size(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* As many of the shortest responses as fit, each with a prompt of its own. */
static size_t
most_sequences(const struct sequence *list, size_t n, size_t rows)
{
	size_t *sizes = malloc((n + 1) * sizeof(*sizes));
	size_t count = 0, sum = 0;

	if (sizes == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		sizes[i] = larger(child_rows(&list[i]), 1);
	qsort(sizes, n, sizeof(*sizes), by_size);
	while (count < n && sum + sizes[count] <= rows)
		sum += sizes[count++];
	free(sizes);
	return 2 * larger(count, 1);
}

int
microbatch_room(struct microbatch_room *room, const struct sequence *list,
    size_t n, size_t given, size_t tokens)
{
	size_t rows = 0, longest = 1, sequences;

	for (size_t i = 0; i < n; i++) {
		rows += list[i].length - 1;
		longest = larger(longest, list[i].length);
	}
	rows = larger(smaller(tokens, rows), longest);
	given = larger(smaller(n, given), 1);
	sequences = smaller(most_sequences(list, n, rows), 2 * given);
	*room = (struct microbatch_room){longest, given, rows, sequences,
	    pages_for(rows) + 2 * sequences};
	return sequences > 0 ? 0 : -1;
}

int
microbatch_new(struct microbatch *m, const struct microbatch_room *room)
{
	size_t T = room->rows, S = room->sequences;
	size_t max_pages = pages_for(room->positions);

	memset(m, 0, sizeof(*m));
	m->room = *room;
	m->order = calloc(room->given, sizeof(*m->order));
	m->copies = calloc(S, sizeof(*m->copies));
	m->index = calloc(T, sizeof(*m->index));
	m->target = calloc(T, sizeof(*m->target));
	m->tokens = calloc(T, sizeof(*m->tokens));
	m->start = calloc(S + 1, sizeof(*m->start));
	m->first = calloc(S, sizeof(*m->first));
	m->pages = calloc(S * max_pages, sizeof(*m->pages));
	m->parent = calloc(S, sizeof(*m->parent));
	if (m->order != NULL && m->copies != NULL && m->index != NULL &&
	    m->target != NULL && m->tokens != NULL && m->start != NULL &&
	    m->first != NULL && m->pages != NULL && m->parent != NULL)
		return 0;
	microbatch_free(m);
	return -1;
}

void
microbatch_free(struct microbatch *m)
{
	free(m->order);
	free(m->copies);
	free(m->index);
	free(m->target);
	free(m->tokens);
	free(m->start);
	free(m->first);
	free(m->pages);
	free(m->parent);
	memset(m, 0, sizeof(*m));
}

static int
compare_prompts(const struct sequence *s, const struct sequence *t)
{
	if (s->prompt != t->prompt)
		return s->prompt < t->prompt ? -1 : 1;
	return memcmp(s->tokens, t->tokens, s->prompt * sizeof(*s->tokens));
}

/* Sequences are one array's, so that their addresses are their order. */
static int
by_prompt(const void *a, const void *b)
{
	const struct microbatch_entry *x = a, *y = b;
	int c = compare_prompts(x->sequence, y->sequence);

	return c != 0 ? c : (x->sequence > y->sequence) -
	    (x->sequence < y->sequence);
}

static int
by_group(const void *a, const void *b)
{
	const struct microbatch_entry *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

void
microbatch_begin(struct microbatch *m, const struct sequence *list, size_t n)
{
	struct microbatch_entry *e = m->order;

	m->list = list;
	m->count = n;
	m->from = m->to = 0;
	for (size_t i = 0; i < n; i++)
		e[i].sequence = &list[i];
	qsort(e, n, sizeof(*e), by_prompt);
	for (size_t i = 0; i < n; i++)
		e[i].group = i > 0 && compare_prompts(e[i - 1].sequence,
		    e[i].sequence) == 0 ? e[i - 1].group : e[i].sequence;
	qsort(e, n, sizeof(*e), by_group);
}

size_t
microbatch_number(const struct microbatch *m, size_t i)
{
	return (size_t)(m->order[i].sequence - m->list);
}

/*
 * A new sequence with the `n` tokens at positions from `first` on, behind the
 * end of the root `parent`; its own number is a root's.  Full pages are the
 * root's; of the page that the prompt ends in it has a copy.
 */
static void
add(struct microbatch *m, const int32_t *tokens, size_t n, size_t first,
    size_t parent)
{
	struct batch *b = &m->batch;
	size_t s = b->sequences++, shared = first / KV_PAGE;
	uint32_t *pages = m->pages + s * b->max_pages;
	const uint32_t *given = m->pages + parent * b->max_pages;

	memcpy(m->tokens + b->rows, tokens, n * sizeof(*tokens));
	m->first[s] = (uint32_t)first;
	m->parent[s] = (uint32_t)parent;
	for (size_t p = 0; p < pages_for(first + n); p++)
		pages[p] = p < shared ? given[p] : (uint32_t)m->page++;
	if (first % KV_PAGE != 0)
		m->copies[m->copy_count++] = (struct page_copy){pages[shared],
		    given[shared], first % KV_PAGE};
	m->pairs += (uint64_t)n * first + (uint64_t)n * (n + 1) / 2;
	b->rows += n;
	m->start[s + 1] = (uint32_t)b->rows;
}

/* What entry i is packed as: the prompt's rows, then the response's. */
struct plan {
	int shares; /* it goes on behind a root that is there already */
	int tree;   /* it begins a tree: those that follow have its prompt */
};

static struct plan
plan_of(const struct microbatch *m, size_t i)
{
	const struct microbatch_entry *e = m->order + i;
	struct plan p = {
		i > m->from && e[-1].group == e->group,
		i + 1 < m->count && e[1].group == e->group
	};

	return p;
}

static int
has_room(const struct microbatch *m, size_t i, struct plan p)
{
	const struct microbatch_room *room = &m->room;
	const struct sequence *s = m->order[i].sequence;
	size_t rows = child_rows(s) + (p.shares ? 0 : s->prompt);

	return m->batch.rows + rows <= room->rows &&
	    m->batch.sequences + 2 <= room->sequences &&
	    m->page + pages_for(rows) + 2 <= room->pages &&
	    m->responses + responses_of(s) <= room->rows;
}

/* Returns the root of entry i's tree for the entries that follow. */
static size_t
place(struct microbatch *m, size_t i, struct plan p, size_t root)
{
	const struct sequence *s = m->order[i].sequence;
	size_t row, prompt_row;

	if (!p.shares) {
		root = m->batch.sequences;
		add(m, s->tokens, p.tree ? s->prompt : s->length - 1, 0, root);
	}
	prompt_row = m->start[root] + s->prompt - 1;
	row = p.shares || p.tree ? m->batch.rows : prompt_row + 1;
	if ((p.shares || p.tree) && child_rows(s) > 0)
		add(m, s->tokens + s->prompt, child_rows(s), s->prompt, root);
	for (size_t j = 0; j < responses_of(s); j++) {
		m->index[m->responses] = (uint32_t)(j == 0 ? prompt_row :
		    row + j - 1);
		m->target[m->responses++] = s->tokens[s->prompt + j];
	}
	return root;
}

int
microbatch_next(struct microbatch *m)
{
	size_t root = 0, i;

	m->from = m->to;
	m->responses = m->copy_count = m->page = 0;
	m->pairs = 0;
	m->batch = (struct batch){.tokens = m->tokens, .start = m->start,
	    .first = m->first, .pages = m->pages, .parent = m->parent,
	    .max_pages = pages_for(m->room.positions)};
	for (i = m->from; i < m->count; i++) {
		struct plan p = plan_of(m, i);

		if (i > m->from && !has_room(m, i, p))
			break;
		root = place(m, i, p, root);
	}
	m->to = i;
	return m->to > m->from;
}
