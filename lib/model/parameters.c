/* The flat arena of a model's parameters: names, shapes, offsets. */
#include "lib/model/parameters.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parameters of a layer at most, and outside the layers. */
#define PER_LAYER 14
#define OUTSIDE 4

static size_t
add(struct parameters *p, const char *name, size_t rows, size_t cols)
{
	struct parameter *q = &p->list[p->count++];

	snprintf(q->name, sizeof(q->name), "%s", name);
	q->rows = rows;
	q->cols = cols;
	q->count = cols ? rows * cols : rows;
	if (cols != 0) {
		q->offset = p->matrices;
		p->matrices += q->count;
	} else {
		q->offset = p->total;
		p->total += q->count;
	}
	return q->offset;
}

static size_t
add_layer(struct parameters *p, size_t layer, const char *suffix, size_t rows,
    size_t cols)
{
	char name[96];

	snprintf(name, sizeof(name), "model.layers.%zu.%s", layer, suffix);
	return add(p, name, rows, cols);
}

static void
layout_attention(struct parameters *p, const struct config *c, size_t i)
{
	struct layer_offsets *l = &p->layers[i];
	size_t C = c->hidden, D = c->head_dim;
	size_t Q = c->heads * D, KV = c->kv_heads * D;

	l->qkv_bias = l->q_norm = l->k_norm = SIZE_MAX;
	l->input_norm = add_layer(p, i, "input_layernorm.weight", C, 0);
	l->qkv = add_layer(p, i, "self_attn.q_proj.weight", Q, C);
	add_layer(p, i, "self_attn.k_proj.weight", KV, C);
	add_layer(p, i, "self_attn.v_proj.weight", KV, C);
	if (c->arch->qkv_bias) {
		l->qkv_bias = add_layer(p, i, "self_attn.q_proj.bias", Q, 0);
		add_layer(p, i, "self_attn.k_proj.bias", KV, 0);
		add_layer(p, i, "self_attn.v_proj.bias", KV, 0);
	}
	if (c->arch->qk_norm) {
		l->q_norm = add_layer(p, i, "self_attn.q_norm.weight", D, 0);
		l->k_norm = add_layer(p, i, "self_attn.k_norm.weight", D, 0);
	}
	l->o = add_layer(p, i, "self_attn.o_proj.weight", C, Q);
}

static void
layout_mlp(struct parameters *p, const struct config *c, size_t i)
{
	struct layer_offsets *l = &p->layers[i];
	size_t C = c->hidden, F = c->intermediate;

	l->post_norm = add_layer(p, i, "post_attention_layernorm.weight", C, 0);
	l->gate_up = add_layer(p, i, "mlp.gate_proj.weight", F, C);
	add_layer(p, i, "mlp.up_proj.weight", F, C);
	l->down = add_layer(p, i, "mlp.down_proj.weight", C, F);
}

static void
layout_head(struct parameters *p, const struct config *c)
{
	p->head_bias = SIZE_MAX;
	if (c->head == CONFIG_LOGITS) {
		p->head = c->tied ? p->embedding :
		    add(p, "lm_head.weight", c->vocab, c->hidden);
		return;
	}
	p->head = add(p, "score.weight", 1, c->hidden);
	if (c->value_bias)
		p->head_bias = add(p, "score.bias", 1, 0);
}

static void
layout(struct parameters *p, const struct config *c)
{
	p->count = 0;
	p->embedding = add(p, "model.embed_tokens.weight", c->vocab, c->hidden);
	for (size_t i = 0; i < c->layers; i++) {
		layout_attention(p, c, i);
		layout_mlp(p, c, i);
	}
	p->norm = add(p, "model.norm.weight", c->hidden, 0);
	layout_head(p, c);
}

int
parameters_layout(struct parameters *p, const struct config *c)
{
	memset(p, 0, sizeof(*p));
	p->layers = calloc(c->layers, sizeof(*p->layers));
	p->list = calloc(c->layers * PER_LAYER + OUTSIDE, sizeof(*p->list));
	if (p->layers == NULL || p->list == NULL) {
		parameters_free(p);
		return -1;
	}
	layout(p, c);
	/* Now it is known where vectors begin: behind all matrices. */
	p->total = p->matrices;
	p->matrices = 0;
	layout(p, c);
	return 0;
}

void
parameters_free(struct parameters *p)
{
	free(p->layers);
	free(p->list);
	memset(p, 0, sizeof(*p));
}
