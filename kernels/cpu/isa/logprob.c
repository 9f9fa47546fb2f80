/* Log probabilities of given tokens, and their gradient. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/softmax.h"
#include "kernels/cpu/isa/typed.h"

void
ISA_NAME(logprob_forward)(struct kernels *k, float *logprob, float *lse,
    float *entropy, const float *logits, const int32_t *target,
    float temperature, size_t R, size_t V)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (R > 1 && R * V > PARALLEL_MIN)
	for (size_t r = 0; r < R; r++) {
		const float *row = logits + r * V;
		struct softmax s;

		ISA_NAME(softmax_row)(&s, NULL, NULL, row, temperature, V);
		logprob[r] = ISA_NAME(softmax_logprob)(&s, row[target[r]]);
		lse[r] = (float)((double)s.max * s.inverse + s.log_total);
		if (entropy != NULL)
			entropy[r] = (float)(s.log_total - s.sum_ez / s.total);
	}
}

/* −g·p everywhere, then the target's g·(1 − p). */
INLINE void
backward_row(void *out, enum dtype type, float g, const float *logits,
    float lse, size_t target, float inverse, size_t V)
{
	vf p;

	STEPS(i, V, typed_store(out, type, i,
	    vf_exp(vf_load_n(logits + i, lanes, 0.0f) * inverse - lse) * -g,
	    lanes));
	p = vf_exp(vf_set(logits[target]) * inverse - lse);
	typed_store(out, type, target, g * (1.0f - p), 1);
}

void
ISA_NAME(logprob_backward)(struct kernels *k, void *dlogits, enum dtype type,
    const float *dlogprob, const float *logits, const float *lse,
    const int32_t *target, float temperature, size_t R, size_t V)
{
	float inverse = 1.0f / temperature;

#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (R > 1 && R * V > PARALLEL_MIN)
	for (size_t r = 0; r < R; r++) {
		void *out = typed_at(dlogits, type, r * V);
		const float *in = logits + r * V;
		float g = dlogprob[r] * inverse;
		size_t t = (size_t)target[r];

		if (type == DTYPE_BF16)
			backward_row(out, DTYPE_BF16, g, in, lse[r], t,
			    inverse, V);
		else
			backward_row(out, DTYPE_F32, g, in, lse[r], t,
			    inverse, V);
	}
}
