/* The paired bootstrap: whether two evaluations differ by more than chance. */
#include "lib/rl/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rl/estimate.h"

static void
add(struct paired_prompt *total, const struct paired_prompt *p)
{
	size_t side, f;

	for (side = 0; side < 2; side++) {
		for (f = 0; f < PAIRED_FIGURES; f++)
			total->sum[side][f] += p->sum[side][f];
		total->count[side] += p->count[side];
	}
}

static double
mean(const struct paired_prompt *total, size_t side, size_t figure)
{
	return total->sum[side][figure] / total->count[side];
}

static double
difference(const struct paired_prompt *total, size_t figure)
{
	return mean(total, 1, figure) - mean(total, 0, figure);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Interval and p of one figure from its resampled differences. */
static void
judge(double *differences, const struct paired_options *o,
    struct paired_result *r)
{
	/* Sums in another order differ in their last digits. */
	double least = fabs(r->difference) * (1 - 1e-9);
	size_t extreme = 1, i;

	for (i = 0; i < o->resamples; i++)
		extreme += fabs(differences[i] - r->difference) >= least;
	r->p = (double)extreme / (double)(o->resamples + 1);
	qsort(differences, o->resamples, sizeof(*differences), ascending);
	r->low = estimate_quantile(differences, o->resamples,
	    (1 - o->level) / 2);
	r->high = estimate_quantile(differences, o->resamples,
	    (1 + o->level) / 2);
}

int
paired_bootstrap(const struct paired_prompt *prompts, size_t n,
    const struct paired_options *o, struct paired_result r[PAIRED_FIGURES])
{
	double *differences = malloc(PAIRED_FIGURES * o->resamples *
	    sizeof(*differences));
	struct paired_prompt total = {0};
	size_t i, j, f;

	if (differences == NULL)
		return -1;
	for (i = 0; i < n; i++)
		add(&total, &prompts[i]);
	for (f = 0; f < PAIRED_FIGURES; f++) {
		r[f].mean[0] = mean(&total, 0, f);
		r[f].mean[1] = mean(&total, 1, f);
		r[f].difference = difference(&total, f);
	}
	for (i = 0; i < o->resamples; i++) {
		memset(&total, 0, sizeof(total));
		for (j = 0; j < n; j++)
			add(&total, &prompts[o->draw(o->context, i, j, n)]);
		for (f = 0; f < PAIRED_FIGURES; f++)
			differences[f * o->resamples + i] =
			    difference(&total, f);
	}
	for (f = 0; f < PAIRED_FIGURES; f++)
		judge(differences + f * o->resamples, o, &r[f]);
	free(differences);
	return 0;
}
