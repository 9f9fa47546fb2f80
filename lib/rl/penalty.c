/* What keeps a policy near its reference, or spread out. */
#include "lib/rl/penalty.h"

#include <math.h>

const char *const penalty_names[] = {"k1", "k2", "k3", "full", NULL};

/* An estimate and its derivative by d. */
static double
estimate(double *slope, enum penalty_kl kind, double d)
{
	switch (kind) {
	case PENALTY_K1:
		*slope = 1;
		return d;
	case PENALTY_K2:
		*slope = d;
		return d * d / 2;
	default:
		*slope = -expm1(-d);
		return expm1(-d) + d;
	}
}

double
penalty_kl(float *dlogprob, float *dkl, enum penalty_kl kind,
    const struct penalty_tokens *t)
{
	double loss = 0;

	for (size_t i = 0; i < t->n; i++) {
		double slope;

		if (kind == PENALTY_FULL) {
			loss += t->scale * t->kl[i];
			dkl[i] += (float)t->scale;
			continue;
		}
		loss += t->scale * estimate(&slope, kind,
		    (double)t->logprob[i] - t->reference[i]);
		dlogprob[i] += (float)(t->scale * slope);
	}
	return loss;
}

double
penalty_entropy(float *dentropy, const float *entropy, double scale, size_t n)
{
	double loss = 0;

	for (size_t i = 0; i < n; i++) {
		dentropy[i] -= (float)scale;
		loss -= scale * entropy[i];
	}
	return loss;
}
