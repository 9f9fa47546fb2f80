/* The head: final norm, logits, logprobs and their backward, by chunks. */
#include "lib/model/head.h"

#include <stdlib.h>

#define CHUNK_BYTES ((size_t)64 << 20)

size_t
head_chunk(const struct model *m, size_t wanted)
{
	size_t more = m->kernels->logits_bytes;
	size_t rows = (more > CHUNK_BYTES ? more : CHUNK_BYTES) /
	    (m->config.vocab * sizeof(float));

	if (rows < 8)
		rows = 8;
	return wanted < rows ? wanted : rows;
}

static void
reference_carve(struct head *h, struct arena *a)
{
	const struct head_reference *f = h->reference;
	size_t R = h->final.rows;

	h->reference_norm = arena_take(a, R * f->linear.K *
	    dtype_bytes(f->type));
	h->reference_logits = arena_take(a, R * f->linear.N * sizeof(float));
	h->kl = arena_take(a, R * sizeof(float));
	h->gap = arena_take(a, R * sizeof(float));
	h->dkl = arena_take(a, R * sizeof(float));
}

void
head_carve(struct head *h, struct arena *a)
{
	const struct model *m = h->final.model;
	size_t R = h->final.rows, V = m->config.vocab;

	finalnorm_carve(&h->final, a);
	h->logits = arena_take(a, R * V * sizeof(float));
	h->target = arena_take(a, R * sizeof(*h->target));
	h->logprob = arena_take(a, R * sizeof(float));
	h->lse = arena_take(a, R * sizeof(float));
	h->entropy = arena_take(a, R * sizeof(float));
	if (h->reference != NULL)
		reference_carve(h, a);
	if (!h->final.training)
		return;
	h->dlogprob = arena_take(a, R * sizeof(float));
	h->dentropy = arena_take(a, R * sizeof(float));
	h->dlogits = arena_take(a, R * V * dtype_bytes(m->type));
}

struct head *
head_begin(struct model *m, size_t rows, int training, struct error *err)
{
	struct head *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	h->final = (struct finalnorm){.model = m, .rows = rows,
	    .training = training};
	return h;
}

struct head *
head_new(struct model *m, size_t rows, int training, struct error *err)
{
	struct head *h = head_begin(m, rows, training, err);
	struct arena a = {0};

	if (h == NULL)
		return NULL;
	head_carve(h, &a);
	a.base = h->memory = m->kernels->alloc(m->kernels, a.used);
	if (h->memory == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory for %zu rows of "
		    "logits: %zu bytes", rows, a.used);
		head_free(h);
		return NULL;
	}
	a.used = 0;
	head_carve(h, &a);
	return h;
}

void
head_free(struct head *h)
{
	struct kernels *k;

	if (h == NULL)
		return;
	k = h->final.model->kernels;
	k->free(k, h->memory);
	free(h);
}

void
head_logits_of(struct head *h, const float *x, const uint32_t *index, size_t R)
{
	struct model *m = h->final.model;
	struct kernels *k = m->kernels;

	finalnorm_forward(&h->final, x, index, R);
	k->matmul(k, h->logits, DTYPE_F32, h->final.out, m->head.packed, NULL,
	    NULL, m->type, R, m->config.vocab, m->config.hidden);
}

void
head_logits(struct head *h, const float *x, const uint32_t *index, size_t R)
{
	struct kernels *k = h->final.model->kernels;

	k->upload(k, h->final.index, index, R * sizeof(*index));
	head_logits_of(h, x, h->final.index, R);
}

void
head_logprob(struct head *h, float *logprob, float *entropy,
    const int32_t *target, float temperature, size_t R)
{
	struct model *m = h->final.model;
	struct kernels *k = m->kernels;

	k->upload(k, h->target, target, R * sizeof(*target));
	k->logprob_forward(k, h->logprob, h->lse, h->entropy, h->logits,
	    h->target, temperature, R, m->config.vocab);
	k->download(k, logprob, h->logprob, R * sizeof(*logprob));
	k->download(k, entropy, h->entropy, R * sizeof(*entropy));
}

void
head_reference_free(struct head_reference *r, struct kernels *k)
{
	k->free(k, r->linear.packed);
	*r = (struct head_reference){0};
}

void
head_reference_rows(struct head *h, size_t at, const void *normed,
    size_t first, size_t n)
{
	const struct head_reference *f = h->reference;
	struct kernels *k = h->final.model->kernels;
	size_t bytes = f->linear.K * dtype_bytes(f->type);

	k->upload(k, (char *)h->reference_norm + at * bytes,
	    (const char *)normed + first * bytes, n * bytes);
}

void
head_kl(struct head *h, float *kl, float temperature, size_t R)
{
	const struct head_reference *f = h->reference;
	struct kernels *k = h->final.model->kernels;

	k->matmul(k, h->reference_logits, DTYPE_F32, h->reference_norm,
	    f->linear.packed, NULL, NULL, f->type, R, f->linear.N,
	    f->linear.K);
	k->kl_forward(k, h->kl, h->gap, h->logits, h->reference_logits,
	    temperature, R, f->linear.N);
	k->download(k, kl, h->kl, R * sizeof(*kl));
}

static int
any(const float *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (d[i] != 0)
			return 1;
	return 0;
}

/* h->dlogits; the common loss of logprobs alone has a kernel of its own. */
static void
logits_backward(struct head *h, const struct head_loss *loss,
    float temperature, size_t R)
{
	struct model *m = h->final.model;
	struct kernels *k = m->kernels;
	size_t V = m->config.vocab, bytes = R * sizeof(float);
	struct logits_loss l = {.logits = h->logits, .target = h->target,
	    .lse = h->lse, .entropy = h->entropy, .dlogprob = h->dlogprob,
	    .dentropy = h->dentropy};
	int with_kl = any(loss->dkl, R);

	k->upload(k, h->dlogprob, loss->dlogprob, bytes);
	if (!with_kl && !any(loss->dentropy, R)) {
		k->logprob_backward(k, h->dlogits, m->type, h->dlogprob,
		    h->logits, h->lse, h->target, temperature, R, V);
		return;
	}
	k->upload(k, h->dentropy, loss->dentropy, bytes);
	if (with_kl) {
		k->upload(k, h->dkl, loss->dkl, bytes);
		l.reference = h->reference_logits;
		l.gap = h->gap;
		l.dkl = h->dkl;
	}
	k->loss_backward(k, h->dlogits, m->type, &l, temperature, R, V);
}

void
head_backward(struct head *h, float *dx, const struct gradient *g,
    const struct head_loss *loss, float temperature, size_t R)
{
	struct model *m = h->final.model;
	struct kernels *k = m->kernels;
	size_t C = m->config.hidden, V = m->config.vocab;

	logits_backward(h, loss, temperature, R);
	k->matmul_backward_weight(k, gradient_at(g, m->parameters.head),
	    h->dlogits, h->final.out, m->type, R, V, C);
	k->matmul_backward_input(k, h->final.dout, h->dlogits,
	    m->head.backward, m->type, R, V, C);
	finalnorm_backward(&h->final, dx, g, R);
}
