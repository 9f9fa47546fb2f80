/* Memory of a pass through the transformer: allocated once, used each step. */
#include "lib/model/transformer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/pages.h"

static float *
floats(struct arena *a, size_t n)
{
	return arena_take(a, n * sizeof(float));
}

static void *
typed(const struct workspace *w, struct arena *a, size_t n)
{
	return arena_take(a, n * dtype_bytes(w->model->type));
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Layer i's own activations; with recomputation all but `in` are layer 0's. */
static void
layer_carve(struct workspace *w, struct arena *a, size_t i)
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
	if (w->model->layers[0].q_norm != NULL) {
		l->qkv = floats(a, T * w->model->layers[0].qkv.N);
		l->q = w->norm;
	} else {
		l->qkv = w->dwide;
		l->q = typed(w, a, T * c->heads * c->head_dim);
	}
	l->attention = typed(w, a, T * c->heads * c->head_dim);
	l->gate_up = typed(w, a, T * 2 * c->intermediate);
	if (w->mode == WORKSPACE_SAMPLE) {
		l->mid = l->in;
		return;
	}
	l->mid = floats(a, T * C);
	l->rstd_in = floats(a, T);
	l->rstd_mid = floats(a, T);
	l->lse = floats(a, T * c->heads);
}

/* Of all arrays of a batch. */
static size_t
batch_space(const struct workspace *w)
{
	const struct batch *b = &w->batch;
	size_t S = w->sequences;

	return parcel_space(w->rows * sizeof(*b->tokens)) +
	    parcel_space((S + 1) * sizeof(*b->start)) +
	    parcel_space(S * sizeof(*b->first)) +
	    parcel_space(S * sizeof(*b->parent)) +
	    parcel_space(S * w->max_pages * sizeof(*b->pages));
}

static void
batch_carve(struct workspace *w, struct arena *a)
{
	w->parcel.device = arena_take(a, batch_space(w));
	w->copies = arena_take(a, w->sequences * sizeof(*w->copies));
}

/* What all layers share; a row is the widest of what comes there. */
static void
shared_carve(struct workspace *w, struct arena *a)
{
	const struct config *c = &w->model->config;
	size_t T = w->rows, C = c->hidden, F = c->intermediate;
	size_t Q = c->heads * c->head_dim, N = w->model->layers[0].qkv.N;

	w->norm = typed(w, a, T * larger(C, Q));
	w->act = typed(w, a, T * F);
	if (w->mode == WORKSPACE_SAMPLE) {
		w->dwide = floats(a, T * N);
		return;
	}
	w->dwide = floats(a, T * larger(F, N));
	w->out = floats(a, T * C);
	w->dx = floats(a, T * C);
	w->dx_typed = typed(w, a, T * C);
	w->dnarrow = floats(a, T * larger(C, Q));
	w->dtyped = typed(w, a, T * larger(2 * F, N));
}

static void *
row_at(void *rows, size_t t, size_t width, size_t size)
{
	return (char *)rows + t * width * size;
}

/* The carves above say how wide the rows are. */
void
workspace_part(struct workspace *part, struct layer_activations *layer,
    const struct workspace *w, size_t t)
{
	const struct config *c = &w->model->config;
	const struct layer_activations *l = &w->layers[0];
	size_t C = c->hidden, Q = c->heads * c->head_dim, F = c->intermediate;
	size_t N = w->model->layers[0].qkv.N;
	size_t size = dtype_bytes(w->model->type);

	assert(w->mode == WORKSPACE_SAMPLE && w->copy_count == 0);
	*part = *w;
	part->split = NULL;
	part->layers = layer;
	part->norm = row_at(w->norm, t, larger(C, Q), size);
	part->act = row_at(w->act, t, F, size);
	layer->in = layer->mid = row_at(l->in, t, C, sizeof(float));
	layer->qkv = row_at(l->qkv, t, N, sizeof(float));
	layer->q = l->q == w->norm ? part->norm : row_at(l->q, t, Q, size);
	layer->attention = row_at(l->attention, t, Q, size);
	layer->gate_up = row_at(l->gate_up, t, 2 * F, size);
}

void
workspace_carve(struct workspace *w, struct arena *a)
{
	struct model *m = w->model;
	size_t L = m->config.layers;

	shared_carve(w, a);
	for (size_t i = 0; i < (w->mode == WORKSPACE_SAMPLE ? 1 : L); i++)
		layer_carve(w, a, i);
	if (w->mode == WORKSPACE_SAMPLE)
		w->out = w->layers[0].in;
	for (size_t i = 0; i < L; i++)
		w->cache[i] = arena_take(a, w->pages *
		    m->kernels->kv_page_bytes(m->type, &m->attention));
	batch_carve(w, a);
}

struct workspace *
workspace_begin(struct model *m, enum workspace_mode mode, size_t rows,
    size_t sequences, size_t pages, struct error *err)
{
	struct workspace *w = calloc(1, sizeof(*w));
	size_t L = m->config.layers;

	if (w != NULL) {
		w->model = m;
		w->mode = mode;
		w->rows = rows;
		w->sequences = sequences;
		w->pages = pages;
		w->max_pages = pages_for(m->positions);
		w->layers = calloc(L, sizeof(*w->layers));
		w->cache = calloc(L, sizeof(*w->cache));
		if (w->layers != NULL && w->cache != NULL &&
		    parcel_new(&w->parcel, batch_space(w)) == 0)
			return w;
	}
	workspace_free(w);
	error_set(err, STATUS_TEMPFAIL, "no memory for %zu layers", L);
	return NULL;
}

size_t
workspace_bytes(struct workspace *w)
{
	struct arena a = {0};

	workspace_carve(w, &a);
	return a.used;
}

int
workspace_alloc(struct workspace *w, size_t pages, struct error *err)
{
	struct kernels *k = w->model->kernels;
	struct arena a = {0};
	size_t bytes;

	w->pages = pages;
	bytes = workspace_bytes(w);
	a.base = w->memory = k->alloc(k, bytes);
	if (w->memory == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory for the "
		    "activations of %zu tokens: %zu bytes", w->rows, bytes);
	workspace_carve(w, &a);
	return 0;
}

struct workspace *
workspace_new(struct model *m, enum workspace_mode mode, size_t rows,
    size_t sequences, size_t pages, struct error *err)
{
	struct workspace *w = workspace_begin(m, mode, rows, sequences, pages,
	    err);

	if (w == NULL || workspace_alloc(w, pages, err) == 0)
		return w;
	workspace_free(w);
	return NULL;
}

void
workspace_free(struct workspace *w)
{
	if (w == NULL)
		return;
	w->model->kernels->free(w->model->kernels, w->memory);
	parcel_free(&w->parcel);
	split_free(w->split);
	free(w->layers);
	free(w->cache);
	free(w);
}

size_t
workspace_page_bytes(const struct model *m)
{
	return m->config.layers *
	    m->kernels->kv_page_bytes(m->type, &m->attention);
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

void
workspace_set_copies(struct workspace *w, const struct page_copy *copies,
    size_t n)
{
	w->model->kernels->upload(w->model->kernels, w->copies, copies,
	    n * sizeof(*copies));
	w->copy_count = n;
}
