/* The mean of what came before. */
#include "lib/rl/running.h"

void
running_add(struct running *r, double mean, size_t n)
{
	size_t all = r->records + n;

	if (r->records == 0)
		r->mean = mean;
	else if (r->momentum < 0)
		r->mean += (mean - r->mean) * ((double)n / (double)all);
	else
		r->mean += (mean - r->mean) * (1 - r->momentum);
	r->records = all;
}
