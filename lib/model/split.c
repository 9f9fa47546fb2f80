/* Parts of a batch and of the memory of its rows, one for each thread. */
#include "lib/model/split.h"

#include <stdlib.h>

#include "lib/model/transformer.h"

/* Rows that keep a thread busy, and bytes of weights that caches hold. */
#define ROWS_MIN 16
#define WEIGHTS_MOST ((size_t)16 << 20)

/* The whole's memory from the part's first row on. */
struct part {
	struct workspace work;
	struct model model; /* whose kernels are one thread's */
	struct layer_activations layer;
	uint32_t *start;    /* (its sequences + 1) */
};

struct split {
	size_t parts;       /* as threads */
	struct part *part;  /* (parts) */
	uint32_t *start;    /* all theirs */
	void (*run)(struct workspace *part);
};

static size_t
weight_bytes(const struct model *m)
{
	return m->parameters.total * dtype_bytes(m->type);
}

struct split *
split_new(struct workspace *w)
{
	struct kernels *k = w->model->kernels;
	struct split *s;

	if (k->each == NULL || k->threads < 2 ||
	    weight_bytes(w->model) > WEIGHTS_MOST)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->parts = (size_t)k->threads;
	s->part = calloc(s->parts, sizeof(*s->part));
	s->start = calloc(w->sequences + s->parts, sizeof(*s->start));
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

static void *
from(void *p, size_t rows, size_t width, size_t size)
{
	return p == NULL ? NULL : (char *)p + rows * width * size;
}

/* The memory of the rows from t on. */
static void
part_memory(struct part *p, const struct workspace *w, size_t t)
{
	const struct config *c = &w->model->config;
	const struct layer_activations *l = &w->layers[0];
	size_t C = c->hidden, Q = c->heads * c->head_dim;
	size_t N = w->model->layers[0].qkv.N, F = c->intermediate;
	size_t size = dtype_bytes(w->model->type);

	p->work = *w;
	p->work.split = NULL;
	p->work.layers = &p->layer;
	p->work.norm = from(w->norm, t, C > Q ? C : Q, size);
	p->work.act = from(w->act, t, F, size);
	p->layer.in = p->layer.mid = from(l->in, t, C, sizeof(float));
	p->layer.qkv = from(l->qkv, t, N, sizeof(float));
	p->layer.q = l->q == w->norm ? p->work.norm : from(l->q, t, Q, size);
	p->layer.attention = from(l->attention, t, Q, size);
	p->layer.gate_up = from(l->gate_up, t, 2 * F, size);
	p->model = *w->model;
	p->work.model = &p->model;
}

/* Sequences s … end-1 of the batch. */
static void
part_batch(struct part *p, const struct workspace *w, size_t s, size_t end)
{
	const struct batch *b = &w->batch;
	size_t t = b->start[s];

	part_memory(p, w, t);
	for (size_t i = s; i <= end; i++)
		p->start[i - s] = b->start[i] - (uint32_t)t;
	p->work.batch = *b;
	p->work.batch.rows = b->start[end] - t;
	p->work.batch.sequences = end - s;
	p->work.batch.tokens += t;
	p->work.batch.start = p->start;
	p->work.batch.first += s;
	p->work.batch.pages += s * b->max_pages;
}

int
split_cut(struct split *split, struct workspace *w)
{
	const struct batch *b = &w->batch;
	size_t n = split->parts, s = 0, end;

	if (!b->apart || b->rows < n * ROWS_MIN)
		return 0;
	for (size_t i = 0; i < n; i++, s = end) {
		struct part *p = &split->part[i];
		size_t target = b->rows * (i + 1) / n;

		for (end = s; end < b->sequences && b->start[end] < target;)
			end++;
		p->start = split->start + s + i;
		part_batch(p, w, s, end);
		if (4 * n * p->work.batch.rows > 5 * b->rows)
			return 0; /* too much for one */
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
split_run(struct split *split, struct kernels *k,
    void (*run)(struct workspace *part))
{
	split->run = run;
	k->each(k, split->parts, run_part, split);
}
