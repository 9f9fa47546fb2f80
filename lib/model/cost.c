/* The arithmetic and the memory traffic of passes through a model. */
#include "lib/model/cost.h"

void
cost_add(struct cost_work *w, size_t first, size_t n, size_t shared)
{
	w->rows += n;
	w->keys += n * first + n * (n + 1) / 2;
	w->cached += first + n - shared;
}

void
cost_sum(struct cost_work *w, const struct cost_work *more)
{
	w->passes += more->passes;
	w->rows += more->rows;
	w->logits += more->logits;
	w->keys += more->keys;
	w->cached += more->cached;
}

static double
weights(const struct linear *w)
{
	return (double)w->N * (double)w->K;
}

/* Of all layers' products. */
static double
layers(const struct model *m)
{
	const struct model_layer *l = &m->layers[0];

	return (double)m->config.layers * (weights(&l->qkv) + weights(&l->o) +
	    weights(&l->gate_up) + weights(&l->down));
}

/* Of all weights that a pass reads. */
static double
products(const struct model *m)
{
	return layers(m) + weights(&m->head);
}

double
cost_weights(const struct model *m)
{
	return products(m) * (double)dtype_bytes(m->type);
}

struct cost
cost_forward(const struct model *m, const struct cost_work *w)
{
	double key = 4.0 * (double)(m->config.layers * m->config.heads *
	    m->config.head_dim);
	double unit = (double)dtype_bytes(m->type);
	double position = 2 * unit * (double)(m->config.layers *
	    m->config.kv_heads * m->config.head_dim);

	return (struct cost){
		.flops = 2 * layers(m) * (double)w->rows +
		    2 * weights(&m->head) * (double)w->logits +
		    key * (double)w->keys,
		.bytes = cost_weights(m) * (double)w->passes +
		    position * (double)w->cached,
	};
}

struct cost
cost_update(const struct model *m, const struct cost_work *w, size_t steps)
{
	double passes = (double)w->passes, all = (double)m->parameters.total;

	return (struct cost){
		.flops = 3 * cost_forward(m, w).flops,
		.bytes = passes * (2 * cost_weights(m) + 8 * products(m)) +
		    (double)steps * 32 * all,
	};
}
