/* The scalar head: final norm, one product, and their backward. */
#include "lib/model/valuehead.h"

#include <stdint.h>
#include <stdlib.h>

void
valuehead_carve(struct valuehead *h, struct arena *a)
{
	size_t R = h->final.rows;

	finalnorm_carve(&h->final, a);
	h->value = arena_take(a, R * sizeof(float));
	if (!h->final.training)
		return;
	h->dvalue = arena_take(a, R * sizeof(float));
	h->dvalue_typed = arena_take(a, R * dtype_bytes(h->final.model->type));
}

struct valuehead *
valuehead_begin(struct model *m, size_t rows, int training, struct error *err)
{
	struct valuehead *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	h->final = (struct finalnorm){.model = m, .rows = rows,
	    .training = training};
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
	struct finalnorm *f = &h->final;
	struct model *m = f->model;
	struct kernels *k = m->kernels;

	k->upload(k, f->index, index, R * sizeof(*index));
	finalnorm_forward(f, x, f->index, R);
	k->matmul(k, h->value, DTYPE_F32, f->out, m->head.packed,
	    m->head_bias, NULL, m->type, R, 1, m->config.hidden);
	k->download(k, value, h->value, R * sizeof(*value));
}

void
valuehead_backward(struct valuehead *h, float *dx,
    const struct gradient *g, const float *dvalue, size_t R)
{
	struct model *m = h->final.model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden;

	k->upload(k, h->dvalue, dvalue, R * sizeof(*dvalue));
	k->convert(k, h->dvalue_typed, m->type, h->dvalue, DTYPE_F32, R);
	k->matmul_backward_weight(k, gradient_at(g, m->parameters.head),
	    h->dvalue_typed, h->final.out, m->type, R, 1, C);
	if (m->head_bias != NULL)
		k->bias_backward(k, gradient_at(g, m->parameters.head_bias),
		    h->dvalue_typed, m->type, R, 1);
	k->matmul_backward_input(k, h->final.dout, h->dvalue_typed,
	    m->head.backward, m->type, R, 1, C);
	finalnorm_backward(&h->final, dx, g, R);
}
