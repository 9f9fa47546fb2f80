/* Statistics of a policy's distance from the sampler's. */
#include "lib/rl/drift.h"

#include <math.h>

void
drift_add(struct drift *d, const float *logprob, const float *sampler,
    const float *entropy, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double delta, ratio;

		d->sum_entropy += entropy[i];
		d->entropies++;
		if (sampler == NULL)
			continue;
		delta = (double)logprob[i] - (double)sampler[i];
		ratio = exp(delta);
		d->tokens++;
		d->sum += delta;
		d->sum_abs += fabs(delta);
		d->max_abs = fmax(d->max_abs, fabs(delta));
		d->sum_ratio += ratio;
		d->max_ratio = fmax(d->max_ratio, ratio);
		d->sum_k3 += ratio - 1 - delta;
	}
}
