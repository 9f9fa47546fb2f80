/* The scalar head: final norm, one product, and their backward. */
#include "lib/model/valuehead.h"

#include <stdint.h>
#include <stdlib.h>

void
valuehead_carve(struct valuehead *h, struct arena *a)
{
	size_t C = h->model->config.hidden, R = h->rows;
	size_t unit = dtype_bytes(h->model->type);

	h->index = arena_take(a, R * sizeof(*h->index));
	h->in = arena_take(a, R * C * sizeof(float));
	h->rstd = arena_take(a, R * sizeof(float));
	h->norm = arena_take(a, R * C * unit);
	h->value = arena_take(a, R * sizeof(float));
	if (!h->training)
		return;
	h->dvalue = arena_take(a, R * sizeof(float));
	h->dvalue_typed = arena_take(a, R * unit);
	h->dnorm = arena_take(a, R * C * sizeof(float));
	h->din = arena_take(a, R * C * sizeof(float));
}

struct valuehead *
valuehead_begin(struct model *m, size_t rows, int training, struct error *err)
{
	struct valuehead *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	h->model = m;
	h->rows = rows;
	h->training = training;
	return h;
}

void
valuehead_free(struct valuehead *h)
{
	free(h);
}

void
valuehead_forward(struct valuehead *h, float *value, const float *x,
    const uint32_t *index, size_t R)
{
	struct model *m = h->model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden;

	k->upload(k, h->index, index, R * sizeof(*index));
	k->gather(k, h->in, x, h->index, R, C);
	k->rmsnorm_forward(k, h->norm, m->type, h->rstd, h->in, m->norm,
	    (float)m->config.rms_eps, R, C);
	k->matmul(k, h->value, DTYPE_F32, h->norm, m->head.packed,
	    m->head_bias, NULL, m->type, R, 1, C);
	k->download(k, value, h->value, R * sizeof(*value));
}

void
valuehead_backward(struct valuehead *h, float *dx,
    const struct gradient *g, const float *dvalue, size_t R)
{
	struct model *m = h->model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden;

	k->upload(k, h->dvalue, dvalue, R * sizeof(*dvalue));
	k->convert(k, h->dvalue_typed, m->type, h->dvalue, DTYPE_F32, R);
	k->matmul_backward_weight(k, gradient_at(g, m->parameters.head),
	    h->dvalue_typed, h->norm, m->type, R, 1, C);
	if (m->head_bias != NULL)
		k->bias_backward(k, gradient_at(g, m->parameters.head_bias),
		    h->dvalue_typed, m->type, R, 1);
	k->matmul_backward_input(k, h->dnorm, h->dvalue_typed,
	    m->head.backward, m->type, R, 1, C);
	k->zero(k, h->din, R * C * sizeof(float));
	k->rmsnorm_backward(k, h->din, gradient_at(g, m->parameters.norm),
	    h->dnorm, h->in, m->norm, h->rstd, R, C);
	k->scatter_add(k, dx, h->din, h->index, R, C);
}
