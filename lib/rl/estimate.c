/* Estimators: pass@k, majority votes, quantiles, bootstrap intervals. */
#include "lib/rl/estimate.h"

#include <math.h>
#include <stdlib.h>

double
estimate_pass(size_t n, size_t c, size_t k)
{
	double miss = 1;
	size_t i;

	if (n - c < k)
		return 1;
	for (i = n - c + 1; i <= n; i++)
		miss *= 1 - (double)k / (double)i;
	return 1 - miss;
}

struct vote {
	size_t answer;
	size_t count;
	size_t correct;
};

static int
by_answer(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;

	return (x->answer > y->answer) - (x->answer < y->answer);
}

/* The outcome of one vote of ${k} samples; ${votes} is scratch. */
static double
elect(const size_t *answers, const unsigned char *correct, size_t k,
    struct vote *votes)
{
	size_t i, n = 0, parties = 0, best = 0, winners = 0;
	double outcome = 0;

	for (i = 0; i < k; i++)
		if (answers[i] != SIZE_MAX)
			votes[n++] = (struct vote){answers[i], 1,
			    correct[i] != 0};
	qsort(votes, n, sizeof(*votes), by_answer);
	for (i = 0; i < n; i++) {
		if (parties > 0 &&
		    votes[parties - 1].answer == votes[i].answer) {
			votes[parties - 1].count++;
			votes[parties - 1].correct += votes[i].correct;
		} else {
			votes[parties++] = votes[i];
		}
	}
	for (i = 0; i < parties; i++)
		if (votes[i].count > best)
			best = votes[i].count;
	for (i = 0; i < parties; i++)
		if (votes[i].count == best) {
			winners++;
			outcome += (double)votes[i].correct / (double)best;
		}
	return winners == 0 ? 0 : outcome / (double)winners;
}

double
estimate_majority(const size_t *answers, const unsigned char *correct,
    size_t n, size_t k)
{
	struct vote *votes = calloc(k, sizeof(*votes));
	double sum = 0;
	size_t i;

	if (votes == NULL)
		return NAN;
	for (i = 0; i + k <= n; i += k)
		sum += elect(answers + i, correct + i, k, votes);
	free(votes);
	return sum / (double)(n / k);
}

double
estimate_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
estimate_interval(const double *sums, const double *counts, size_t n,
    double level, size_t resamples, uint64_t seed, double *low, double *high)
{
	double *means = malloc((resamples + 1) * sizeof(*means)), sum, count;
	size_t i, j, at;

	if (means == NULL)
		return -1;
	for (i = 0; i < resamples; i++) {
		sum = count = 0;
		for (j = 0; j < n; j++) {
			at = (size_t)((unsigned __int128)next(&seed) * n >> 64);
			sum += sums[at];
			count += counts[at];
		}
		means[i] = sum / count;
	}
	qsort(means, resamples, sizeof(*means), ascending);
	*low = estimate_quantile(means, resamples, (1 - level) / 2);
	*high = estimate_quantile(means, resamples, (1 + level) / 2);
	free(means);
	return 0;
}
