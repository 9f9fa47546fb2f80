#ifndef RL_PAIRED_H
#define RL_PAIRED_H

#include <stddef.h>

/* What two evaluations on the same prompts differ in. */
enum { PAIRED_ACCURACY, PAIRED_REWARD, PAIRED_LENGTH, PAIRED_FIGURES };

/* A prompt's samples in both: each figure's sum, and how many they are. */
struct paired_prompt {
	double sum[2][PAIRED_FIGURES];
	double count[2]; /* > 0 */
};

struct paired_options {
	double level;     /* of the interval, 0.95 */
	size_t resamples; /* >= 1 */
	/* Uniform in 0 ... n - 1, for the i-th draw of a resample. */
	size_t (*draw)(void *context, size_t resample, size_t i, size_t n);
	void *context;
};

struct paired_result {
	double mean[2];    /* over the samples */
	double difference; /* mean[1] - mean[0] */
	double low, high;  /* its interval */
	double p;
};

/*
 * paired_bootstrap(prompts, n, o, r):
 * Draw the ${n} > 0 prompts with replacement, each with its samples of both
 * sides, ${o}->resamples times (Efron and Tibshirani 1993, chapters 13, 16).
 * The interval is between percentiles of the resamples' differences d*.  With
 * d the difference, p is the share of resamples with |d* - d| >= |d|, d itself
 * counted as one of them: how often chance alone, the differences shifted to a
 * mean of 0, makes as much.  Two-sided.  0, or -1 when memory ran out.
 */
int paired_bootstrap(const struct paired_prompt *prompts, size_t n,
    const struct paired_options *o, struct paired_result r[PAIRED_FIGURES]);

#endif
