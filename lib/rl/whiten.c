/* One mean and deviation for the advantages of a mini-batch's tokens. */
#include "lib/rl/whiten.h"

#include <math.h>

#include "lib/rl/smooth.h"

/* A - base, or the square of that, summed over all tokens. */
static double
sum(const struct smooth_item *items, size_t count, double base, int square)
{
	double total = 0, d;
	size_t i, t;

	for (i = 0; i < count; i++)
		for (t = 0; t < items[i].tokens; t++) {
			d = items[i].advantages[t] - base;
			total += square ? d * d : d;
		}
	return total;
}

int
whiten_advantages(struct smooth_item *items, size_t count,
    struct error *err)
{
	double base = 0, mean, scale, variance = 0;
	size_t i, t, n = 0;

	/* Differences from one of them: equal ones have no deviation. */
	for (i = 0; i < count; i++) {
		if (n == 0 && items[i].tokens > 0)
			base = items[i].advantages[0];
		n += items[i].tokens;
	}
	if (n == 0)
		return 0;
	mean = base + sum(items, count, base, 0) / (double)n;
	if (n > 1)
		variance = sum(items, count, mean, 1) / (double)(n - 1);
	if (!isfinite(variance))
		return error_set(err, STATUS_DATA, "values: too large");
	scale = 1 / sqrt(variance + 1e-8);
	for (i = 0; i < count; i++)
		for (t = 0; t < items[i].tokens; t++)
			items[i].advantages[t] =
			    (items[i].advantages[t] - mean) * scale;
	return 0;
}
