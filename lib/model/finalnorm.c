/* Chosen rows through the final norm, and their backward. */
#include "lib/model/finalnorm.h"

void
finalnorm_carve(struct finalnorm *f, struct arena *a)
{
	size_t R = f->rows, C = f->model->config.hidden;

	f->index = arena_take(a, R * sizeof(*f->index));
	f->in = arena_take(a, R * C * sizeof(float));
	f->rstd = arena_take(a, R * sizeof(float));
	f->out = arena_take(a, R * C * dtype_bytes(f->model->type));
	if (!f->training)
		return;
	f->dout = arena_take(a, R * C * sizeof(float));
	f->din = arena_take(a, R * C * sizeof(float));
}

void
finalnorm_forward(struct finalnorm *f, const float *x, const uint32_t *index,
    size_t R)
{
	struct model *m = f->model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden;

	k->gather(k, f->in, x, index, R, C);
	k->rmsnorm_forward(k, f->out, m->type, f->rstd, f->in, m->norm,
	    (float)m->config.rms_eps, R, C);
}

void
finalnorm_backward(struct finalnorm *f, float *dx, const struct gradient *g,
    size_t R)
{
	struct model *m = f->model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden;

	k->zero(k, f->din, R * C * sizeof(float));
	k->rmsnorm_backward(k, f->din, gradient_at(g, m->parameters.norm),
	    f->dout, f->in, m->norm, f->rstd, R, C);
	k->scatter_add(k, dx, f->din, f->index, R, C);
}
