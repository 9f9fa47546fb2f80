#ifndef RL_ESTIMATE_H
#define RL_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * estimate_pass(n, c, k):
 * The chance that of ${k} samples drawn from ${n} without replacement, ${c} of
 * which are correct, one is: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021,
 * arXiv 2107.03374, eq. 1).  1 <= k <= n, c <= n.
 */
double estimate_pass(size_t n, size_t c, size_t k);

/*
 * estimate_majority(answers, correct, n, k):
 * The samples are taken in order, ${k} at a time (a rest of fewer than k is
 * left out); each ${k} vote with answers[i] (SIZE_MAX: no answer, no vote), and
 * the vote counts as the share of the winning answer's samples that are
 * correct; winners of a tie share it evenly; no votes at all count 0.  Returns
 * the mean over the floor(n/k) votes; 1 <= k <= n.  NaN when memory ran out.
 */
double estimate_majority(const size_t *answers, const unsigned char *correct,
    size_t n, size_t k);

/*
 * estimate_quantile(sorted, n, q):
 * Of ${n} > 0 ascending values, with linear interpolation between them (R's
 * type 7, NumPy's default).  0 <= q <= 1.
 */
double estimate_quantile(const double *sorted, size_t n, double q);

/*
 * estimate_interval(sums, counts, n, level, resamples, seed, low, high):
 * A percentile bootstrap interval for sum(sums) / sum(counts): the ${n}
 * clusters (prompts with their samples) are drawn with replacement,
 * ${resamples} times.  The same seed gives the same interval.
 * Returns 0, or -1 when memory ran out.
 */
int estimate_interval(const double *sums, const double *counts, size_t n,
    double level, size_t resamples, uint64_t seed, double *low, double *high);

#endif
