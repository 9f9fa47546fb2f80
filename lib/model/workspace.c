/* Memory of a pass through the transformer: allocated once, used each step. */
#include "lib/model/transformer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/pages.h"

/* Allocator that remembers whether it ever failed. */
struct arena {
	struct kernels *k;
	size_t unit; /* bytes of the compute type */
	int failed;
};

static void *
floats(struct arena *a, size_t n)
{
	void *p = a->k->alloc(a->k, n * sizeof(float));

	a->failed |= p == NULL;
	return p;
}

static void *
typed(struct arena *a, size_t n)
{
	void *p = a->k->alloc(a->k, n * a->unit);

	a->failed |= p == NULL;
	return p;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Layer i's own activations; with recomputation all but `in` are layer 0's. */
static void
layer_new(struct workspace *w, struct arena *a, size_t i)
{
	const struct config *c = &w->model->config;
	struct layer_activations *l = &w->layers[i];
	size_t T = w->rows, C = c->hidden;

	if (i > 0 && w->mode == WORKSPACE_RECOMPUTE) {
		*l = w->layers[0];
		l->in = floats(a, T * C);
		return;
	}
	l->in = floats(a, T * C);
	l->qkv = floats(a, T * w->model->layers[0].qkv.N);
	l->attention = typed(a, T * c->heads * c->head_dim);
	l->gate_up = typed(a, T * 2 * c->intermediate);
	if (w->mode == WORKSPACE_SAMPLE) {
		l->mid = l->in;
		return;
	}
	l->mid = floats(a, T * C);
	l->rstd_in = floats(a, T);
	l->rstd_mid = floats(a, T);
	l->lse = floats(a, T * c->heads);
}

static void
batch_new(struct workspace *w, struct arena *a)
{
	struct kernels *k = a->k;
	struct batch *b = &w->batch;

	b->tokens = k->alloc(k, w->rows * sizeof(*b->tokens));
	b->start = k->alloc(k, (w->sequences + 1) * sizeof(*b->start));
	b->first = k->alloc(k, w->sequences * sizeof(*b->first));
	b->pages = k->alloc(k,
	    w->sequences * w->max_pages * sizeof(*b->pages));
	w->copies = k->alloc(k, w->sequences * sizeof(*w->copies));
	a->failed |= w->copies == NULL || b->tokens == NULL || b->start == NULL ||
	    b->first == NULL || b->pages == NULL;
}

static void
shared_new(struct workspace *w, struct arena *a)
{
	const struct config *c = &w->model->config;
	size_t T = w->rows, C = c->hidden, F = c->intermediate;
	size_t Q = c->heads * c->head_dim, N = w->model->layers[0].qkv.N;

	w->norm = typed(a, T * C);
	w->q = typed(a, T * Q);
	w->act = typed(a, T * F);
	if (w->mode == WORKSPACE_SAMPLE) {
		w->out = w->layers[0].in;
		return;
	}
	w->out = floats(a, T * C);
	w->dx = floats(a, T * C);
	w->dx_typed = typed(a, T * C);
	w->dnarrow = floats(a, T * larger(C, Q));
	w->dwide = floats(a, T * larger(F, N));
	w->dtyped = typed(a, T * larger(2 * F, N));
}

size_t
workspace_page_bytes(const struct model *m)
{
	return m->config.layers *
	    m->kernels->kv_page_bytes(m->type, &m->attention);
}

struct workspace *
workspace_new(struct model *m, enum workspace_mode mode, size_t rows,
    size_t sequences, size_t pages, struct error *err)
{
	struct kernels *k = m->kernels;
	struct arena a = {k, m->type == DTYPE_F32 ? 4 : 2, 0};
	size_t L = m->config.layers;
	size_t kept = mode == WORKSPACE_SAMPLE ? 1 : L;
	struct workspace *w = calloc(1, sizeof(*w));

	if (w == NULL)
		goto out;
	w->model = m;
	w->mode = mode;
	w->rows = rows;
	w->sequences = sequences;
	w->pages = pages;
	w->max_pages = pages_for(m->positions);
	w->layers = calloc(kept, sizeof(*w->layers));
	w->cache = calloc(L, sizeof(*w->cache));
	if (w->layers == NULL || w->cache == NULL)
		goto out;
	for (size_t i = 0; i < kept; i++)
		layer_new(w, &a, i);
	for (size_t i = 0; i < L; i++) {
		w->cache[i] = k->alloc(k,
		    pages * k->kv_page_bytes(m->type, &m->attention));
		a.failed |= w->cache[i] == NULL;
	}
	shared_new(w, &a);
	batch_new(w, &a);
	if (!a.failed)
		return w;
out:
	error_set(err, STATUS_TEMPFAIL,
	    "no memory for the activations of %zu tokens", rows);
	workspace_free(w);
	return NULL;
}

static void
layers_free(struct workspace *w)
{
	struct kernels *k = w->model->kernels;
	size_t L = w->model->config.layers;
	size_t kept = w->mode == WORKSPACE_SAMPLE ? 1 : L;

	for (size_t i = 0; i < kept; i++) {
		struct layer_activations *l = &w->layers[i];

		k->free(k, l->in);
		if (i > 0 && w->mode == WORKSPACE_RECOMPUTE)
			continue;
		k->free(k, l->qkv);
		k->free(k, l->attention);
		k->free(k, l->gate_up);
		if (w->mode == WORKSPACE_SAMPLE)
			continue;
		k->free(k, l->mid);
		k->free(k, l->rstd_in);
		k->free(k, l->rstd_mid);
		k->free(k, l->lse);
	}
}

void
workspace_free(struct workspace *w)
{
	struct kernels *k;

	if (w == NULL)
		return;
	k = w->model->kernels;
	if (w->layers != NULL)
		layers_free(w);
	for (size_t i = 0; w->cache != NULL && i < w->model->config.layers; i++)
		k->free(k, w->cache[i]);
	if (w->mode != WORKSPACE_SAMPLE)
		k->free(k, w->out);
	k->free(k, w->norm);
	k->free(k, w->q);
	k->free(k, w->act);
	k->free(k, w->dx);
	k->free(k, w->dx_typed);
	k->free(k, w->dnarrow);
	k->free(k, w->dwide);
	k->free(k, w->dtyped);
	k->free(k, (void *)w->batch.tokens);
	k->free(k, (void *)w->batch.start);
	k->free(k, (void *)w->batch.first);
	k->free(k, (void *)w->batch.pages);
	k->free(k, w->copies);
	free(w->layers);
	free(w->cache);
	free(w);
}

void
workspace_copy_page(struct workspace *w, const struct page_copy *copy)
{
	struct model *m = w->model;

	m->kernels->upload(m->kernels, w->copies, copy, sizeof(*copy));
	for (size_t i = 0; i < m->config.layers; i++)
		m->kernels->kv_copy(m->kernels, w->cache[i], m->type,
		    &m->attention, w->copies, 1);
}
