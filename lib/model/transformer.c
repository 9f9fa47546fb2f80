/*
 * The transformer, forward and its mirror backward, over the kernels' header.
 * The head and the loss are head.c's.
 */
#include "lib/model/transformer.h"

#include <assert.h>

static void
product(struct model *m, void *out, enum dtype out_type, const void *in,
    const struct linear *w, const float *bias, const float *addend, size_t T)
{
	m->kernels->matmul(m->kernels, out, out_type, in, w->packed, bias,
	    addend, m->type, T, w->N, w->K);
}

/* din (T, K) fp32 = dout (T, N) · W. */
static void
product_backward(struct model *m, float *din, const void *dout,
    const struct linear *w, size_t T)
{
	m->kernels->matmul_backward_input(m->kernels, din, dout, w->backward,
	    m->type, T, w->N, w->K);
}

static void
weight_backward(struct model *m, float *dweight, const void *dout,
    const void *in, const struct linear *w, size_t T)
{
	m->kernels->matmul_backward_weight(m->kernels, dweight, dout, in,
	    m->type, T, w->N, w->K);
}

/* Attention's half of layer i: a->mid = a->in + attention(norm(a->in)). */
static void
attention_block(struct workspace *w, size_t i, struct layer_activations *a)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	struct model_layer *l = &m->layers[i];
	const struct batch *b = &w->batch;
	size_t T = b->rows, C = m->config.hidden;
	float eps = (float)m->config.rms_eps;

	k->rmsnorm_forward(k, w->norm, m->type, a->rstd_in, a->in,
	    l->input_norm, eps, T, C);
	product(m, a->qkv, DTYPE_F32, w->norm, &l->qkv, l->qkv_bias, NULL,
	    T);
	k->rope_forward(k, a->q, w->cache[i], a->qkv, m->rope, l->q_norm,
	    l->k_norm, eps, m->type, &m->attention, b);
	if (w->copy_count > 0)
		k->kv_copy(k, w->cache[i], m->type, &m->attention, w->copies,
		    w->copy_count);
	k->attention_forward(k, a->attention, a->lse, a->q, w->cache[i],
	    m->type, &m->attention, b);
	product(m, a->mid, DTYPE_F32, a->attention, &l->o, NULL, a->in, T);
}

/* What the MLP's backward needs: a->gate_up and a->rstd_mid from a->mid. */
static void
gate_up(struct workspace *w, size_t i, struct layer_activations *a)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	struct model_layer *l = &m->layers[i];
	size_t T = w->batch.rows;

	k->rmsnorm_forward(k, w->norm, m->type, a->rstd_mid, a->mid,
	    l->post_norm, (float)m->config.rms_eps, T, m->config.hidden);
	product(m, a->gate_up, m->type, w->norm, &l->gate_up, NULL, NULL, T);
}

/* The MLP's half: out = a->mid + mlp(norm(a->mid)). */
static void
mlp_block(struct workspace *w, size_t i, struct layer_activations *a,
    float *out)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	struct model_layer *l = &m->layers[i];
	size_t T = w->batch.rows;

	gate_up(w, i, a);
	k->swiglu_forward(k, w->act, a->gate_up, m->type, T,
	    m->config.intermediate);
	product(m, out, DTYPE_F32, w->act, &l->down, NULL, a->mid, T);
}

void
transformer_set(struct workspace *w, const struct batch *host)
{
	struct parcel *p = &w->parcel;
	struct batch *b = &w->batch;
	size_t T = host->rows, S = host->sequences;

	assert(T <= w->rows && S <= w->sequences);
	assert(host->max_pages <= w->max_pages);
	*b = *host;
	b->tokens = parcel_add(p, host->tokens, T * sizeof(*b->tokens));
	b->start = parcel_add(p, host->start, (S + 1) * sizeof(*b->start));
	b->first = parcel_add(p, host->first, S * sizeof(*b->first));
	b->pages = parcel_add(p, host->pages,
	    S * host->max_pages * sizeof(*b->pages));
	if (host->parent != NULL)
		b->parent = parcel_add(p, host->parent,
		    S * sizeof(*b->parent));
	parcel_send(p, w->model->kernels);
	w->cut = w->split != NULL && split_cut(w->split);
}

/* Rows of the table, as the compute type has them. */
static void
embed(struct workspace *w, float *out)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	size_t T = w->batch.rows, C = m->config.hidden;

	k->embedding_forward(k, out, w->batch.tokens, m->embedding,
	    m->embedding_type, T, C);
	if (m->embedding_type == m->type)
		return;
	k->convert(k, w->norm, m->type, out, m->embedding_type, T * C);
	k->convert(k, out, DTYPE_F32, w->norm, m->type, T * C);
}

static void
all_layers(struct workspace *w)
{
	int sampling = w->mode == WORKSPACE_SAMPLE;
	size_t L = w->model->config.layers;

	embed(w, w->layers[0].in);
	for (size_t i = 0; i < L; i++) {
		struct layer_activations *a = &w->layers[sampling ? 0 : i];
		float *out = sampling ? a->in :
		    i + 1 < L ? w->layers[i + 1].in : w->out;

		attention_block(w, i, a);
		mlp_block(w, i, a, out);
	}
}

void
transformer_run(struct workspace *w)
{
	if (w->cut)
		split_run(w->split, all_layers);
	else
		all_layers(w);
}

void
transformer_forward(struct workspace *w, const struct batch *host)
{
	transformer_set(w, host);
	transformer_run(w);
}

/* w->dx, the gradient of the layer's output, becomes that of a->mid. */
static void
mlp_backward(struct workspace *w, size_t i, struct layer_activations *a,
    struct gradient *g)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	struct model_layer *l = &m->layers[i];
	const struct layer_offsets *o = &m->parameters.layers[i];
	size_t T = w->batch.rows, C = m->config.hidden;
	size_t F = m->config.intermediate;

	k->convert(k, w->dx_typed, m->type, w->dx, DTYPE_F32, T * C);
	k->swiglu_forward(k, w->act, a->gate_up, m->type, T, F);
	weight_backward(m, gradient_at(g, o->down), w->dx_typed, w->act,
	    &l->down, T);
	product_backward(m, w->dwide, w->dx_typed, &l->down, T);
	k->swiglu_backward(k, w->dtyped, w->dwide, a->gate_up, m->type, T, F);
	k->rmsnorm_forward(k, w->norm, m->type, NULL, a->mid, l->post_norm,
	    (float)m->config.rms_eps, T, C);
	weight_backward(m, gradient_at(g, o->gate_up), w->dtyped, w->norm,
	    &l->gate_up, T);
	product_backward(m, w->dnarrow, w->dtyped, &l->gate_up, T);
	k->rmsnorm_backward(k, w->dx, gradient_at(g, o->post_norm),
	    w->dnarrow, a->mid, l->post_norm, a->rstd_mid, T, C);
}

/* Gradients of queries, keys and values, into w->dtyped (T, (H+2G)·D). */
static void
qkv_backward(struct workspace *w, size_t i, struct layer_activations *a,
    struct gradient *g)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	struct model_layer *l = &m->layers[i];
	const struct layer_offsets *o = &m->parameters.layers[i];
	const struct batch *b = &w->batch;
	float eps = (float)m->config.rms_eps;
	int norms = l->q_norm != NULL;

	product_backward(m, w->dnarrow, w->dx_typed, &l->o, b->rows);
	if (norms)
		k->rope_forward(k, a->q, NULL, a->qkv, m->rope, l->q_norm,
		    l->k_norm, eps, m->type, &m->attention, b);
	k->attention_backward(k, w->dwide, w->dnarrow, a->attention, a->lse,
	    a->q, w->cache[i], m->type, &m->attention, b);
	k->rope_backward(k, w->dtyped,
	    norms ? gradient_at(g, o->q_norm) : NULL,
	    norms ? gradient_at(g, o->k_norm) : NULL, w->dwide,
	    norms ? a->qkv : NULL, m->rope, l->q_norm, l->k_norm, eps, m->type,
	    &m->attention, b);
}

/* w->dx, the gradient of a->mid, becomes that of a->in. */
static void
attention_block_backward(struct workspace *w, size_t i,
    struct layer_activations *a, struct gradient *g)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;
	struct model_layer *l = &m->layers[i];
	const struct layer_offsets *o = &m->parameters.layers[i];
	size_t T = w->batch.rows, C = m->config.hidden;

	k->convert(k, w->dx_typed, m->type, w->dx, DTYPE_F32, T * C);
	weight_backward(m, gradient_at(g, o->o), w->dx_typed, a->attention,
	    &l->o, T);
	qkv_backward(w, i, a, g);
	k->rmsnorm_forward(k, w->norm, m->type, NULL, a->in, l->input_norm,
	    (float)m->config.rms_eps, T, C);
	weight_backward(m, gradient_at(g, o->qkv), w->dtyped, w->norm,
	    &l->qkv, T);
	if (l->qkv_bias != NULL)
		k->bias_backward(k, gradient_at(g, o->qkv_bias), w->dtyped,
		    m->type, T, l->qkv.N);
	product_backward(m, w->dnarrow, w->dtyped, &l->qkv, T);
	k->rmsnorm_backward(k, w->dx, gradient_at(g, o->input_norm),
	    w->dnarrow, a->in, l->input_norm, a->rstd_in, T, C);
}

void
transformer_backward(struct workspace *w, struct gradient *g)
{
	struct model *m = w->model;
	struct kernels *k = m->kernels;

	for (size_t i = m->config.layers; i-- > 0;) {
		struct layer_activations *a = &w->layers[i];

		gradient_next(g);
		if (w->mode == WORKSPACE_RECOMPUTE) {
			attention_block(w, i, a);
			gate_up(w, i, a);
		}
		mlp_backward(w, i, a, g);
		attention_block_backward(w, i, a, g);
	}
	gradient_next(g);
	k->embedding_backward(k, gradient_at(g, m->parameters.embedding),
	    w->dx, w->batch.tokens, w->batch.rows, m->config.hidden);
}
