#ifndef RL_REGRESSION_H
#define RL_REGRESSION_H

#include <stddef.h>

#include "lib/rl/spread.h"

/* What a value model learns by, and how near it is. */

/*
 * regression_squares(dvalue, value, target, scale, n):
 * scale/2 · Σ (value − target)², and its gradient by each value (n).
 */
double regression_squares(float *dvalue, const float *value,
    const float *target, double scale, size_t n);

/*
 * regression_bce(dlogit, logit, target, scale):
 * scale times the cross-entropy −t·log σ(logit) − (1−t)·log(1 − σ(logit)) of a
 * target t from 0 to 1, and its gradient.
 */
double regression_bce(float *dlogit, float logit, float target, double scale);

/* 1/(1 + exp(−logit)) */
double regression_sigmoid(double logit);

/* Predictions beside their targets.  Zero-initialise. */
struct regression_fit {
	struct spread value, target, residual; /* target − value */
	size_t judged, right; /* targets other than 1/2, and value likewise */
};

/* A pair; ${judge}: whether they are on the same side of 1/2 is counted. */
void regression_add(struct regression_fit *f, float value, float target,
    int judge);

/*
 * 1 − Var(target − value)/Var(target): 1 is perfect, 0 as good as a constant;
 * NaN where all targets are equal.
 */
double regression_explained(const struct regression_fit *f);

#endif
