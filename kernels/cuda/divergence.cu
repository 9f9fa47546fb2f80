/* Losses of whole distributions: entropy, and KL to a reference. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/distribution.h"
#include "kernels/cuda/element.h"

#define THREADS DISTRIBUTION_THREADS
#define STRIP (THREADS * 16) /* logits of a block, backward */

struct divergence {
	float *kl, *gap;
	const float *logits, *reference;
	float temperature;
	size_t V;
};

/* Σ e^z · (logits − reference). */
DEVICE double
weighted_gap(double *blocks, const struct distribution *s,
    const float *logits, const float *reference, size_t V)
{
	size_t n = distribution_blocks(V), lane = threadIdx.x % WARP;
	double sum;

	for (size_t b = threadIdx.x / WARP; b < n; b += THREADS / WARP) {
		size_t at = b * DISTRIBUTION_BLOCK;
		size_t end = V - at < DISTRIBUTION_BLOCK ? V :
		    at + DISTRIBUTION_BLOCK;
		float part = 0;

		for (size_t i = at + lane; i < end; i += WARP)
			part += distribution_weight(s, logits[i]) *
			    (logits[i] - reference[i]);
		part = reduce_warp(part);
		if (lane == 0)
			blocks[b] = (double)part;
	}
	SYNC();
	sum = distribution_sum(blocks, n);
	SYNC();
	return sum;
}

/*
 * Σ p (log p − log q) with what is common to the row taken out in double: near
 * the reference the rest is as small as the differences of the logits.
 */
KERNEL(kl_row, divergence)
{
	DYNAMIC(memory);
	double *blocks = (double *)memory, sum;
	const float *logits = a.logits + blockIdx.x * a.V;
	const float *reference = a.reference + blockIdx.x * a.V;
	struct distribution p = distribution_row(blocks, logits,
	    a.temperature, a.V);
	struct distribution q = distribution_row(blocks, reference,
	    a.temperature, a.V);

	sum = weighted_gap(blocks, &p, logits, reference, a.V) *
	    (p.inverse / p.total);
	if (threadIdx.x != 0)
		return;
	a.gap[blockIdx.x] = (float)sum;
	a.kl[blockIdx.x] = (float)(sum - ((double)p.max - q.max) * p.inverse -
	    (p.log_total - q.log_total));
}

void
cuda_kl_forward(struct kernels *k, float *kl, float *gap, const float *logits,
    const float *reference, float temperature, size_t R, size_t V)
{
	struct divergence a = {kl, gap, logits, reference, temperature, V};

	LAUNCH(k, kl_row, a, R, 1, 1, THREADS, distribution_bytes(V));
}

struct backward {
	void *dlogits;
	enum dtype type;
	struct logits_loss loss;
	float inverse;
	size_t V;
};

/* ∂loss/∂logit; logit is element i of row r. */
DEVICE float
gradient(const struct backward *f, size_t r, size_t i)
{
	const struct logits_loss *l = &f->loss;
	size_t at = r * f->V + i;
	float logp = l->logits[at] * f->inverse - l->lse[r];
	float d = (logp + l->entropy[r]) * -l->dentropy[r] - l->dlogprob[r];

	if (l->reference != NULL)
		d += ((l->logits[at] - l->reference[at]) * f->inverse -
		    l->gap[r]) * l->dkl[r];
	d *= expf(logp) * f->inverse;
	if (i == (size_t)l->target[r])
		d += l->dlogprob[r] * f->inverse;
	return d;
}

KERNEL(backward_row, backward)
{
	size_t r = blockIdx.x, first = (size_t)blockIdx.y * STRIP;
	size_t end = first + STRIP < a.V ? first + STRIP : a.V;

	for (size_t i = first + threadIdx.x; i < end; i += THREADS)
		element_store(a.dlogits, a.type, r * a.V + i,
		    gradient(&a, r, i));
}

void
cuda_loss_backward(struct kernels *k, void *dlogits, enum dtype type,
    const struct logits_loss *l, float temperature, size_t R, size_t V)
{
	struct backward a = {dlogits, type, *l, 1.0f / temperature, V};

	LAUNCH(k, backward_row, a, R, (V + STRIP - 1) / STRIP, 1, THREADS, 0);
}
