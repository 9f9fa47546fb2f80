/* Losses of values and logits, and their fit. */
#include "lib/rl/regression.h"

#include <math.h>

double
regression_squares(float *dvalue, const float *value, const float *target,
    double scale, size_t n)
{
	double loss = 0;

	for (size_t i = 0; i < n; i++) {
		double d = (double)value[i] - target[i];

		dvalue[i] = (float)(scale * d);
		loss += scale * d * d / 2;
	}
	return loss;
}

double
regression_sigmoid(double logit)
{
	return 1 / (1 + exp(-logit));
}

double
regression_bce(float *dlogit, float logit, float target, double scale)
{
	double x = logit;

	*dlogit = (float)(scale * (regression_sigmoid(x) - target));
	/* log(1 + exp(x)) − t·x, where exp can't overflow. */
	return scale * (fmax(x, 0) - target * x + log1p(exp(-fabs(x))));
}

void
regression_add(struct regression_fit *f, float value, float target, int judge)
{
	float residual = target - value;

	spread_add(&f->value, &value, 1);
	spread_add(&f->target, &target, 1);
	spread_add(&f->residual, &residual, 1);
	if (!judge || target == 0.5f)
		return;
	f->judged++;
	f->right += (value > 0.5f) == (target > 0.5f);
}

double
regression_explained(const struct regression_fit *f)
{
	return f->target.squares > 0 ?
	    1 - f->residual.squares / f->target.squares : NAN;
}
