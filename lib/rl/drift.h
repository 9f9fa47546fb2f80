#ifndef RL_DRIFT_H
#define RL_DRIFT_H

#include <stddef.h>

/*
 * How far a policy is from the one that drew the tokens, summed over response
 * tokens: Δ = log P_θ − log P_sampler, w = e^Δ.
 */
struct drift {
	size_t tokens;
	double sum_abs, max_abs; /* |Δ| */
	double sum;              /* Δ */
	double sum_ratio, max_ratio; /* w */
	double sum_k3;           /* w − 1 − Δ: KL(sampler‖θ), never negative */
	double sum_entropy;      /* nats */
	size_t entropies;
};

/* Add ${n} tokens; sampler NULL: only the entropy. */
void drift_add(struct drift *d, const float *logprob, const float *sampler,
    const float *entropy, size_t n);

#endif
