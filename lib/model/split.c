/* Parts of a batch and of the memory of its rows, one for each thread. */
#include "lib/model/split.h"

#include <stdlib.h>

#include "lib/model/transformer.h"

/* Rows that keep a thread busy, and bytes of weights that caches hold. */
#define ROWS_MIN 16
#define WEIGHTS_MOST ((size_t)16 << 20)
/* A part may have a quarter more rows than its share. */
#define MOST_OVER 4

struct part {
	struct workspace work;
	struct layer_activations layer;
	struct model model; /* whose kernels are one thread's */
	uint32_t *start;    /* (its sequences + 1) */
};

struct split {
	struct workspace *whole;
	size_t count;       /* a part for each thread */
	struct part *part;  /* (count) */
	uint32_t *start;    /* the parts' starts, behind one another */
	void (*run)(struct workspace *part);
};

struct split *
split_new(struct workspace *w)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	size_t bytes = m->parameters.total * dtype_bytes(m->type);
	struct split *s;

	if (k->each == NULL || k->threads < 2 || bytes > WEIGHTS_MOST)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->whole = w;
	s->count = (size_t)k->threads;
	s->part = calloc(s->count, sizeof(*s->part));
	s->start = calloc(w->sequences + s->count, sizeof(*s->start));
	if (s->part != NULL && s->start != NULL)
		return s;
	split_free(s);
	return NULL;
}

void
split_free(struct split *s)
{
	if (s == NULL)
		return;
	free(s->start);
	free(s->part);
	free(s);
}

/* Sequences s … end-1 of the batch. */
static void
part_set(struct part *p, const struct workspace *w, size_t s, size_t end)
{
	const struct batch *b = &w->batch;
	size_t t = b->start[s];

	workspace_part(&p->work, &p->layer, w, t);
	p->model = *w->model;
	p->work.model = &p->model;
	for (size_t i = s; i <= end; i++)
		p->start[i - s] = b->start[i] - (uint32_t)t;
	p->work.batch.rows = b->start[end] - t;
	p->work.batch.sequences = end - s;
	p->work.batch.tokens += t;
	p->work.batch.start = p->start;
	p->work.batch.first += s;
	p->work.batch.pages += s * b->max_pages;
}

int
split_cut(struct split *split)
{
	const struct workspace *w = split->whole;
	const struct batch *b = &w->batch;
	size_t n = split->count, most = b->rows / n, s = 0, end;

	if (!w->independent || b->rows < n * ROWS_MIN)
		return 0;
	most += most / MOST_OVER;
	for (size_t i = 0; i < n; i++, s = end) {
		struct part *p = &split->part[i];
		size_t target = b->rows * (i + 1) / n;

		for (end = s; end < b->sequences && b->start[end] < target;)
			end++;
		p->start = split->start + s + i;
		part_set(p, w, s, end);
		if (p->work.batch.rows > most)
			return 0;
	}
	return 1;
}

static void
run_part(void *arg, size_t i, struct kernels *k)
{
	struct split *split = arg;
	struct part *p = &split->part[i];

	if (p->work.batch.rows == 0)
		return;
	p->model.kernels = k;
	split->run(&p->work);
}

void
split_run(struct split *split, void (*run)(struct workspace *part))
{
	struct kernels *k = split->whole->model->kernels;

	split->run = run;
	k->each(k, split->count, run_part, split);
}
