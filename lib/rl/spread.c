/* Statistics of a stream of numbers, by Welford's updates. */
#include "lib/rl/spread.h"

#include <math.h>

void
spread_add(struct spread *s, const float *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = values[i], delta = x - s->mean;

		s->min = s->n == 0 ? x : fmin(s->min, x);
		s->max = s->n == 0 ? x : fmax(s->max, x);
		s->n++;
		s->mean += delta / (double)s->n;
		s->squares += delta * (x - s->mean);
	}
}

double
spread_deviation(const struct spread *s)
{
	return s->n > 0 ? sqrt(s->squares / (double)s->n) : 0;
}
