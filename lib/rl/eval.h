#ifndef RL_EVAL_H
#define RL_EVAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/rl/behaviour.h"

/* Statistics of scored trajectories. */
struct eval;

/* What is known of one trajectory; the strings are copied where kept. */
struct eval_sample {
	const char *id; /* the prompt's */
	size_t id_length;
	const char *extracted; /* NULL: no answer */
	size_t extracted_length;
	int correct;
	int truncated;
	double reward;
	size_t length;       /* response tokens */
	unsigned behaviours; /* of behaviour_seen */
};

#define EVAL_KS 16

struct eval_options {
	size_t k[EVAL_KS]; /* ascending or not, each >= 1 */
	size_t ks;
	double level;      /* of the interval, 0.95 */
	size_t resamples;
	uint64_t seed;
};

/* NaN stands for what is undefined: everything of no samples at all, and
 * pass and maj where no prompt has k samples. */
struct eval_result {
	size_t prompts, samples;
	double accuracy;           /* share of correct samples */
	double low, high;          /* its interval */
	double reward;             /* mean */
	double length_mean, length_median, length_p95;
	double truncated;          /* share */
	double behaviour[BEHAVIOUR_MOST]; /* shares */
	double pass[EVAL_KS];      /* means over the prompts with k samples */
	double maj[EVAL_KS];
	size_t short_prompts[EVAL_KS]; /* prompts with fewer than k samples */
};

struct eval *eval_new(void); /* NULL when memory ran out */
void eval_free(struct eval *e);

/* 0, or -1 when memory ran out. */
int eval_add(struct eval *e, const struct eval_sample *s);

/* Evaluate what was added; 0, or -1 when memory ran out. */
int eval_result(const struct eval *e, const struct eval_options *o,
    struct eval_result *r);

#endif
