/* The head: final norm, logits, logprobs and their backward, by chunks. */
#include "lib/model/head.h"

#include <stdlib.h>

#define CHUNK_BYTES ((size_t)64 << 20)

size_t
head_chunk(const struct model *m, size_t wanted)
{
	size_t rows = CHUNK_BYTES / (m->config.vocab * sizeof(float));

	if (rows < 8)
		rows = 8;
	return wanted < rows ? wanted : rows;
}

static int
training_new(struct head *h, size_t unit)
{
	struct kernels *k = h->model->kernels;
	size_t R = h->rows, C = h->model->config.hidden;

	h->dlogprob = k->alloc(k, R * sizeof(float));
	h->dlogits = k->alloc(k, R * h->model->config.vocab * unit);
	h->dnorm = k->alloc(k, R * C * sizeof(float));
	h->din = k->alloc(k, R * C * sizeof(float));
	return h->dlogprob == NULL || h->dlogits == NULL || h->dnorm == NULL ||
	    h->din == NULL ? -1 : 0;
}

struct head *
head_new(struct model *m, size_t rows, int training, struct error *err)
{
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden, V = m->config.vocab;
	size_t unit = m->type == DTYPE_F32 ? 4 : 2;
	struct head *h = calloc(1, sizeof(*h));

	if (h == NULL)
		goto out;
	h->model = m;
	h->rows = rows;
	h->training = training;
	h->index = k->alloc(k, rows * sizeof(*h->index));
	h->in = k->alloc(k, rows * C * sizeof(float));
	h->rstd = k->alloc(k, rows * sizeof(float));
	h->norm = k->alloc(k, rows * C * unit);
	h->logits = k->alloc(k, rows * V * sizeof(float));
	h->target = k->alloc(k, rows * sizeof(*h->target));
	h->logprob = k->alloc(k, rows * sizeof(float));
	h->lse = k->alloc(k, rows * sizeof(float));
	h->entropy = k->alloc(k, rows * sizeof(float));
	if (h->index == NULL || h->in == NULL || h->rstd == NULL ||
	    h->norm == NULL || h->logits == NULL || h->target == NULL ||
	    h->logprob == NULL || h->lse == NULL || h->entropy == NULL)
		goto out;
	if (!training || training_new(h, unit) == 0)
		return h;
out:
	error_set(err, STATUS_TEMPFAIL, "no memory for %zu rows of logits",
	    rows);
	head_free(h);
	return NULL;
}

void
head_free(struct head *h)
{
	struct kernels *k;

	if (h == NULL)
		return;
	k = h->model->kernels;
	k->free(k, h->index);
	k->free(k, h->in);
	k->free(k, h->rstd);
	k->free(k, h->norm);
	k->free(k, h->logits);
	k->free(k, h->target);
	k->free(k, h->logprob);
	k->free(k, h->lse);
	k->free(k, h->entropy);
	k->free(k, h->dlogprob);
	k->free(k, h->dlogits);
	k->free(k, h->dnorm);
	k->free(k, h->din);
	free(h);
}

void
head_logits(struct head *h, const float *x, const uint32_t *index, size_t R)
{
	struct model *m = h->model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden, V = m->config.vocab;

	k->upload(k, h->index, index, R * sizeof(*index));
	k->gather(k, h->in, x, h->index, R, C);
	k->rmsnorm_forward(k, h->norm, m->type, h->rstd, h->in, m->norm,
	    (float)m->config.rms_eps, R, C);
	k->matmul(k, h->logits, DTYPE_F32, h->norm, m->head.packed, NULL,
	    NULL, m->type, R, V, C);
}

void
head_logprob(struct head *h, float *logprob, float *entropy,
    const int32_t *target, float temperature, size_t R)
{
	struct kernels *k = h->model->kernels;

	k->upload(k, h->target, target, R * sizeof(*target));
	k->logprob_forward(k, h->logprob, h->lse, h->entropy, h->logits,
	    h->target, temperature, R, h->model->config.vocab);
	k->download(k, logprob, h->logprob, R * sizeof(*logprob));
	k->download(k, entropy, h->entropy, R * sizeof(*entropy));
}

void
head_backward(struct head *h, float *dx, float *gradient,
    const float *dlogprob, float temperature, size_t R)
{
	struct model *m = h->model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden, V = m->config.vocab;

	k->upload(k, h->dlogprob, dlogprob, R * sizeof(*dlogprob));
	k->logprob_backward(k, h->dlogits, m->type, h->dlogprob, h->logits,
	    h->lse, h->target, temperature, R, V);
	k->matmul_backward_weight(k, gradient + m->parameters.head, h->dlogits,
	    h->norm, m->type, R, V, C);
	k->matmul(k, h->dnorm, DTYPE_F32, h->dlogits, m->head.transposed, NULL,
	    NULL, m->type, R, C, V);
	k->zero(k, h->din, R * C * sizeof(float));
	k->rmsnorm_backward(k, h->din, gradient + m->parameters.norm, h->dnorm,
	    h->in, m->norm, h->rstd, R, C);
	k->scatter_add(k, dx, h->din, h->index, R, C);
}
