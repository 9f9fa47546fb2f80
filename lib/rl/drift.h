#ifndef RL_DRIFT_H
#define RL_DRIFT_H

#include <stddef.h>

/*
 * How far a policy is from another, summed over tokens: Δ = log P − log P',
 * w = e^Δ.
 */
struct drift {
	size_t tokens;
	double sum_abs, max_abs; /* |Δ| */
	double sum;              /* Δ */
	double sum_ratio, max_ratio; /* w */
	double sum_k3;           /* w − 1 − Δ: KL(P'‖P), never negative */
};

/* Add ${n} tokens' logprobs; other NULL: none is known. */
void drift_add(struct drift *d, const float *logprob, const float *other,
    size_t n);

#endif
