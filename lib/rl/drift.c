/* Statistics of a policy's distance from another. */
#include "lib/rl/drift.h"

#include <math.h>

void
drift_add(struct drift *d, const float *logprob, const float *other, size_t n)
{
	for (size_t i = 0; other != NULL && i < n; i++) {
		double delta = (double)logprob[i] - (double)other[i];
		double ratio = exp(delta);

		d->tokens++;
		d->sum += delta;
		d->sum_abs += fabs(delta);
		d->max_abs = fmax(d->max_abs, fabs(delta));
		d->sum_ratio += ratio;
		d->max_ratio = fmax(d->max_ratio, ratio);
		d->sum_k3 += ratio - 1 - delta;
	}
}
