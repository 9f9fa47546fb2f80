/* Log probabilities of given tokens, and their gradient. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/distribution.h"
#include "kernels/cuda/element.h"

#define THREADS DISTRIBUTION_THREADS
#define STRIP (THREADS * 16) /* logits of a block, backward */

struct forward {
	float *logprob, *lse, *entropy;
	const float *logits;
	const int32_t *target;
	float temperature;
	size_t V;
};

KERNEL(forward_row, forward)
{
	DYNAMIC(memory);
	size_t r = blockIdx.x;
	const float *row = a.logits + r * a.V;
	struct distribution s = distribution_row((double *)memory, row,
	    a.temperature, a.V);

	if (threadIdx.x != 0)
		return;
	a.logprob[r] = distribution_logprob(&s, row[a.target[r]]);
	a.lse[r] = distribution_lse(&s);
	if (a.entropy != NULL)
		a.entropy[r] = (float)(s.log_total - s.sum_ez / s.total);
}

void
cuda_logprob_forward(struct kernels *k, float *logprob, float *lse,
    float *entropy, const float *logits, const int32_t *target,
    float temperature, size_t R, size_t V)
{
	struct forward a = {logprob, lse, entropy, logits, target, temperature,
	    V};

	LAUNCH(k, forward_row, a, R, 1, 1, THREADS, distribution_bytes(V));
}

struct backward {
	void *dlogits;
	enum dtype type;
	const float *dlogprob, *logits, *lse;
	const int32_t *target;
	float inverse;
	size_t V;
};

KERNEL(backward_row, backward)
{
	size_t r = blockIdx.x, first = (size_t)blockIdx.y * STRIP;
	size_t end = first + STRIP < a.V ? first + STRIP : a.V;
	size_t target = (size_t)a.target[r];
	float g = a.dlogprob[r] * a.inverse;

	for (size_t i = first + threadIdx.x; i < end; i += THREADS) {
		float p = expf(a.logits[r * a.V + i] * a.inverse - a.lse[r]);

		element_store(a.dlogits, a.type, r * a.V + i,
		    i == target ? g * (1.0f - p) : -g * p);
	}
}

void
cuda_logprob_backward(struct kernels *k, void *dlogits, enum dtype type,
    const float *dlogprob, const float *logits, const float *lse,
    const int32_t *target, float temperature, size_t R, size_t V)
{
	struct backward a = {dlogits, type, dlogprob, logits, lse, target,
	    1.0f / temperature, V};

	LAUNCH(k, backward_row, a, R, (V + STRIP - 1) / STRIP, 1, THREADS, 0);
}
