/* Losses of whole distributions: entropy, and KL to a reference. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/softmax.h"
#include "kernels/cpu/isa/typed.h"

#define MINUS_INF (-__builtin_inff())

/* Σ e^z · (logits − reference) of a block, z as softmax_row has it. */
static double
gap_block(const struct softmax *s, const float *logits, const float *reference,
    size_t n)
{
	vf sum = {0};

	STEPS(i, n, sum += vf_exp((vf_load_n(logits + i, lanes, MINUS_INF) -
	    s->max) * s->inverse) * (vf_load_n(logits + i, lanes, 0.0f) -
	    vf_load_n(reference + i, lanes, 0.0f)));
	return (double)vf_sum(sum);
}

/*
 * Σ p (log p − log q) with what is common to the row taken out in double: near
 * the reference the rest is as small as the differences of the logits.
 */
static void
kl_row(float *kl, float *gap, const float *logits, const float *reference,
    float temperature, size_t V)
{
	struct softmax p, q;
	double sum = 0;

	ISA_NAME(softmax_row)(&p, NULL, NULL, logits, temperature, V);
	ISA_NAME(softmax_row)(&q, NULL, NULL, reference, temperature, V);
	for (size_t i = 0; i < V; i += SOFTMAX_BLOCK)
		sum += gap_block(&p, logits + i, reference + i,
		    V - i < SOFTMAX_BLOCK ? V - i : SOFTMAX_BLOCK);
	sum *= p.inverse / p.total;
	*gap = (float)sum;
	*kl = (float)(sum - ((double)p.max - q.max) * p.inverse -
	    (p.log_total - q.log_total));
}

void
ISA_NAME(kl_forward)(struct kernels *k, float *kl, float *gap,
    const float *logits, const float *reference, float temperature, size_t R,
    size_t V)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (R > 1 && R * V > PARALLEL_MIN)
	for (size_t r = 0; r < R; r++)
		kl_row(kl + r, gap + r, logits + r * V, reference + r * V,
		    temperature, V);
}

/* One row's gradients and what they need. */
struct row {
	const float *logits, *reference; /* (V); NULL: no dkl */
	float inverse, lse, entropy, gap;
	float dlogprob, dentropy, dkl;
};

/* ∂loss/∂logit of a token that is not the target. */
INLINE vf
other(const struct row *r, int with_kl, vf logits, vf reference)
{
	vf logp = logits * r->inverse - r->lse;
	vf d = (logp + r->entropy) * -r->dentropy - r->dlogprob;

	if (with_kl)
		d += ((logits - reference) * r->inverse - r->gap) * r->dkl;
	return vf_exp(logp) * d * r->inverse;
}

INLINE void
loss_row(void *out, enum dtype type, const struct row *r, int with_kl,
    size_t target, size_t V)
{
	const float *q = with_kl ? r->reference : r->logits;
	vf d;

	STEPS(i, V, typed_store(out, type, i, other(r, with_kl,
	    vf_load_n(r->logits + i, lanes, 0.0f),
	    vf_load_n(q + i, lanes, 0.0f)), lanes));
	d = other(r, with_kl, vf_set(r->logits[target]), vf_set(q[target]));
	typed_store(out, type, target, d + r->dlogprob * r->inverse, 1);
}

static void
typed_row(void *out, enum dtype type, const struct row *r, size_t target,
    size_t V)
{
	int with_kl = r->reference != NULL;

	if (type == DTYPE_BF16)
		loss_row(out, DTYPE_BF16, r, with_kl, target, V);
	else
		loss_row(out, DTYPE_F32, r, with_kl, target, V);
}

void
ISA_NAME(loss_backward)(struct kernels *k, void *dlogits, enum dtype type,
    const struct logits_loss *l, float temperature, size_t R, size_t V)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (R > 1 && R * V > PARALLEL_MIN)
	for (size_t r = 0; r < R; r++) {
		struct row row = {.logits = l->logits + r * V,
		    .inverse = 1.0f / temperature, .lse = l->lse[r],
		    .entropy = l->entropy[r], .dlogprob = l->dlogprob[r],
		    .dentropy = l->dentropy[r]};

		if (l->reference != NULL) {
			row.reference = l->reference + r * V;
			row.gap = l->gap[r];
			row.dkl = l->dkl[r];
		}
		typed_row(typed_at(dlogits, type, r * V), type, &row,
		    (size_t)l->target[r], V);
	}
}
