/*
 * A model's weights on the device: allocation, and packing from a checkpoint's
 * tensors or from fp32 masters.  No arithmetic.
 */
#include "lib/model/model.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/rotary.h"

static int
linear_new(struct model *m, struct linear *w, size_t N, size_t K)
{
	struct kernels *k = m->kernels;

	w->N = N;
	w->K = K;
	w->packed = k->alloc(k, k->packed_bytes(m->type, N, K));
	if (w->packed == NULL)
		return -1;
	if (!m->trained)
		return 0;
	w->backward = k->pack_transposed == NULL ? w->packed :
	    k->alloc(k, k->packed_bytes(m->type, K, N));
	return w->backward == NULL ? -1 : 0;
}

static void
linear_free(struct model *m, struct linear *w)
{
	if (w->backward != w->packed)
		m->kernels->free(m->kernels, w->backward);
	m->kernels->free(m->kernels, w->packed);
}

static int
vector_new(struct model *m, float **v, size_t n)
{
	*v = m->kernels->alloc(m->kernels, n * sizeof(float));
	return *v == NULL ? -1 : 0;
}

static int
layer_new(struct model *m, struct model_layer *l)
{
	const struct config *c = &m->config;
	size_t C = c->hidden, D = c->head_dim, F = c->intermediate;
	size_t Q = c->heads * D, N = Q + 2 * c->kv_heads * D;

	if (vector_new(m, &l->input_norm, C) || linear_new(m, &l->qkv, N, C) ||
	    linear_new(m, &l->o, C, Q) || vector_new(m, &l->post_norm, C) ||
	    linear_new(m, &l->gate_up, 2 * F, C) ||
	    linear_new(m, &l->down, C, F))
		return -1;
	if (c->arch->qkv_bias && vector_new(m, &l->qkv_bias, N))
		return -1;
	if (c->arch->qk_norm &&
	    (vector_new(m, &l->q_norm, D) || vector_new(m, &l->k_norm, D)))
		return -1;
	return 0;
}

static int
table_new(struct model *m)
{
	m->embedding = m->table = m->kernels->alloc(m->kernels,
	    m->config.vocab * m->config.hidden * dtype_bytes(m->type));
	m->embedding_type = m->type;
	return m->table == NULL ? -1 : 0;
}

static int
allocate(struct model *m)
{
	const struct config *c = &m->config;
	size_t rows = c->head == CONFIG_LOGITS ? c->vocab : 1;

	if (parameters_layout(&m->parameters, c))
		return -1;
	m->layers = calloc(c->layers, sizeof(*m->layers));
	if (m->layers == NULL || (!m->trained && table_new(m)) ||
	    vector_new(m, &m->norm, c->hidden) ||
	    linear_new(m, &m->head, rows, c->hidden) ||
	    (m->parameters.head_bias != SIZE_MAX &&
	    vector_new(m, &m->head_bias, 1)))
		return -1;
	for (size_t i = 0; i < c->layers; i++)
		if (layer_new(m, &m->layers[i]))
			return -1;
	return 0;
}

int
model_own_embedding(struct model *m, struct error *err)
{
	return table_new(m) == 0 ? 0 : error_set(err, STATUS_TEMPFAIL,
	    "no memory for the model's embeddings");
}

int
model_reach(struct model *m, size_t positions, struct error *err)
{
	size_t n = positions * m->config.head_dim;
	float *table;

	if (positions > m->config.max_positions)
		return error_set(err, STATUS_DATA, "%zu tokens a sequence are "
		    "wanted, but the model has max_position_embeddings %zu",
		    positions, m->config.max_positions);
	m->kernels->free(m->kernels, m->rope);
	m->rope = NULL;
	table = malloc((n + 1) * sizeof(*table));
	if (table == NULL || vector_new(m, &m->rope, n)) {
		free(table);
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory for %zu positions", positions);
	}
	rotary_table(table, &m->config, positions);
	m->kernels->upload(m->kernels, m->rope, table, n * sizeof(*table));
	free(table);
	m->positions = positions;
	return 0;
}

struct model *
model_new(struct kernels *k, const struct config *config, enum dtype type,
    size_t positions, int trained, struct error *err)
{
	struct model *m;

	if (k->most_head_dim > 0 && config->head_dim > k->most_head_dim) {
		error_set(err, STATUS_UNAVAILABLE, "head_dim %zu: this device "
		    "has attention for up to %zu", config->head_dim,
		    k->most_head_dim);
		return NULL;
	}
	m = calloc(1, sizeof(*m));
	error_set(err, STATUS_TEMPFAIL, "no memory for the model's weights");
	if (m == NULL)
		return NULL;
	m->kernels = k;
	m->config = *config;
	m->type = type;
	m->embedding_type = DTYPE_F32; /* the masters', without a table */
	m->trained = trained;
	m->attention = (struct attention_shape){config->heads,
	    config->kv_heads, config->head_dim};
	if (allocate(m) == 0 &&
	    (positions == 0 || model_reach(m, positions, err) == 0))
		return m;
	model_free(m);
	return NULL;
}

void
model_free(struct model *m)
{
	struct kernels *k;

	if (m == NULL)
		return;
	k = m->kernels;
	for (size_t i = 0; m->layers != NULL && i < m->config.layers; i++) {
		struct model_layer *l = &m->layers[i];

		k->free(k, l->input_norm);
		linear_free(m, &l->qkv);
		k->free(k, l->qkv_bias);
		k->free(k, l->q_norm);
		k->free(k, l->k_norm);
		linear_free(m, &l->o);
		k->free(k, l->post_norm);
		linear_free(m, &l->gate_up);
		linear_free(m, &l->down);
	}
	free(m->layers);
	k->free(k, m->table);
	k->free(k, m->norm);
	linear_free(m, &m->head);
	k->free(k, m->head_bias);
	k->free(k, m->rope);
	parameters_free(&m->parameters);
	free(m);
}

/* Where weights come from: a checkpoint's tensors, or an arena. */
struct source {
	const struct safetensors *tensors;
	const float *arena;
	float *copy; /* conversion buffer, grown as needed */
	size_t copy_count;
};

/*
 * A parameter's values as F32 or BF16 that can be read in place; NULL when
 * memory ran out.  F16 and what is not aligned for its type is converted.
 */
static const void *
values(struct source *s, const struct parameter *q, enum dtype *type)
{
	const struct tensor *t;

	*type = DTYPE_F32;
	if (s->arena != NULL)
		return s->arena + q->offset;
	t = safetensors_find(s->tensors, q->name);
	if (tensor_aligned(t)) {
		*type = t->type == TENSOR_F32 ? DTYPE_F32 : DTYPE_BF16;
		return t->data;
	}
	if (s->copy_count < q->count) {
		free(s->copy);
		s->copy = malloc(q->count * sizeof(float));
		s->copy_count = s->copy == NULL ? 0 : q->count;
	}
	if (s->copy != NULL)
		tensor_to_f32(s->copy, t, 0, q->count);
	return s->copy;
}

static const struct parameter *
parameter_at(const struct model *m, size_t offset)
{
	const struct parameter *q = m->parameters.list;

	while (q->offset != offset)
		q++;
	return q;
}

/* Fill `n` device floats from the parameters that begin at `offset`. */
static int
set_vector(struct model *m, float *out, size_t offset, size_t n,
    struct source *s)
{
	struct kernels *k = m->kernels;
	const struct parameter *q = parameter_at(m, offset);

	for (size_t done = 0; done < n; done += q->count, q++) {
		enum dtype type;
		const void *v = values(s, q, &type);

		if (v == NULL)
			return -1;
		k->convert(k, out + done, DTYPE_F32, v, type, q->count);
	}
	return 0;
}

/* Pack the rows of one product from the parameters that begin at `offset`. */
static int
set_linear(struct model *m, struct linear *w, size_t offset, struct source *s)
{
	struct kernels *k = m->kernels;
	const struct parameter *q = parameter_at(m, offset);

	for (size_t row = 0; row < w->N; row += q->rows, q++) {
		enum dtype type;
		const void *v = values(s, q, &type);

		if (v == NULL)
			return -1;
		k->pack(k, w->packed, m->type, w->N, w->K, row, q->rows, v,
		    type);
		if (w->backward != NULL && w->backward != w->packed)
			k->pack_transposed(k, w->backward, m->type, w->N,
			    w->K, row, q->rows, v, type);
	}
	return 0;
}

static int
set_layer(struct model *m, size_t i, struct source *s)
{
	struct model_layer *l = &m->layers[i];
	const struct layer_offsets *o = &m->parameters.layers[i];
	size_t C = m->config.hidden, D = m->config.head_dim;

	if (set_vector(m, l->input_norm, o->input_norm, C, s) ||
	    set_linear(m, &l->qkv, o->qkv, s) ||
	    set_linear(m, &l->o, o->o, s) ||
	    set_vector(m, l->post_norm, o->post_norm, C, s) ||
	    set_linear(m, &l->gate_up, o->gate_up, s) ||
	    set_linear(m, &l->down, o->down, s))
		return -1;
	if (l->qkv_bias != NULL &&
	    set_vector(m, l->qkv_bias, o->qkv_bias, l->qkv.N, s))
		return -1;
	if (l->q_norm != NULL &&
	    (set_vector(m, l->q_norm, o->q_norm, D, s) ||
	    set_vector(m, l->k_norm, o->k_norm, D, s)))
		return -1;
	return 0;
}

static int
set_embedding(struct model *m, struct source *s)
{
	struct kernels *k = m->kernels;
	const struct parameter *q = parameter_at(m, m->parameters.embedding);
	enum dtype type;
	const void *v = values(s, q, &type);

	if (v == NULL)
		return -1;
	if (m->table == NULL)
		m->embedding = v;
	else
		k->convert(k, m->table, m->type, v, type, q->count);
	return 0;
}

static int
set_all(struct model *m, struct source *s)
{
	const struct parameters *p = &m->parameters;

	if (set_embedding(m, s) || set_linear(m, &m->head, p->head, s) ||
	    set_vector(m, m->norm, p->norm, m->config.hidden, s))
		return -1;
	if (m->head_bias != NULL &&
	    set_vector(m, m->head_bias, p->head_bias, 1, s))
		return -1;
	for (size_t i = 0; i < m->config.layers; i++)
		if (set_layer(m, i, s))
			return -1;
	return 0;
}

int
model_load(struct model *m, const struct safetensors *tensors,
    struct error *err)
{
	struct source s = {.tensors = tensors};
	int r = set_all(m, &s);

	free(s.copy);
	if (r)
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory to convert a weight");
	return 0;
}

void
model_set(struct model *m, const float *arena)
{
	struct source s = {.arena = arena};

	(void)set_all(m, &s); /* nothing to convert, so it can't fail */
}
