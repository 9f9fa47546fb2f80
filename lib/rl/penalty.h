#ifndef RL_PENALTY_H
#define RL_PENALTY_H

#include <stddef.h>

/*
 * Estimators of KL(P_θ‖P_ref) at a token drawn from P_θ, d = log P_θ − log
 * P_ref (http://joschu.net/blog/kl-approx.html): k1 = d, k2 = d²/2,
 * k3 = e^(−d) + d − 1; full: the exact sum over the vocabulary.
 */
enum penalty_kl { PENALTY_K1, PENALTY_K2, PENALTY_K3, PENALTY_FULL };

/* Their names, NULL-ended. */
extern const char *const penalty_names[];

/* Response tokens and what they say of the distance to the reference. */
struct penalty_tokens {
	size_t n;
	const float *logprob;   /* (n) log P_θ */
	const float *reference; /* (n) log P_ref */
	const float *kl;        /* (n) exact KL; for PENALTY_FULL */
	double scale;           /* β/Z */
};

/*
 * penalty_kl(dlogprob, dkl, kind, t):
 * The loss scale·Σ kl; its gradient is added to dlogprob (n), or that of
 * PENALTY_FULL to dkl (n).  The estimators' gradients are those of their values
 * through log P_θ of the token alone.
 */
double penalty_kl(float *dlogprob, float *dkl, enum penalty_kl kind,
    const struct penalty_tokens *t);

/*
 * penalty_entropy(dentropy, entropy, scale, n):
 * The loss −scale·Σ entropy, its gradient added to dentropy (n).
 */
double penalty_entropy(float *dentropy, const float *entropy, double scale,
    size_t n);

#endif
