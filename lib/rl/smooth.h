#ifndef RL_SMOOTH_H
#define RL_SMOOTH_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * Rewards to advantages.  All methods are rows of one table in smooth.c; in
 * each, over a scope (the mini-batch, or a prompt's group in it) with rewards
 * R, mean mu and population standard deviation sigma:
 *
 *	empg     return sigmoid((R - mu) / sigma), 1/2 where sigma is 0;
 *	         advantage = return - baseline (EMPG, Eq. 12)
 *	raw      return R; advantage = return - baseline (Eq. 11 without one)
 *	star     return 1, advantage 1; records with R <= 0 are dropped
 *	sft      return 1, advantage 1; no reward is needed
 *	rloo     return R; baseline: mean of the others' R in the group
 *	grpo     return R; advantage = (R - mu) / (s + 1e-6), s with n - 1
 *	dr-grpo  return R; advantage = R - mu, of the group
 */
enum smooth_scope { SMOOTH_BATCH, SMOOTH_GROUP };

enum smooth_baseline {
	SMOOTH_MEAN,  /* of the scope's returns */
	SMOOTH_NONE,  /* 0 */
	SMOOTH_LOO,   /* mean of the scope's other returns; its own return where
	               * there is no other, so that the advantage is 0 */
	SMOOTH_VALUE  /* a constant */
};

struct smooth_method {
	const char *name;
	enum smooth_scope scope;       /* default */
	enum smooth_baseline baseline; /* default */
	int needs_reward;
	int positive_only;    /* keep records with R > 0 only */
	int fixed_baseline;   /* --baseline makes no sense */
	int sigmoid;          /* the return is smoothed */
	int constant;         /* the return is 1 */
	int divide;           /* the advantage is divided by s + 1e-6 */
};

struct smooth_options {
	const struct smooth_method *method;
	enum smooth_scope scope;
	enum smooth_baseline baseline;
	double value; /* for SMOOTH_VALUE */
};

/* One trajectory: what is known of it and what smooth_run finds. */
struct smooth_item {
	double reward;
	size_t group; /* equal for the samples of one prompt */
	double given_return;
	double baseline;
	double advantage;
};

/* The method ${name} names, or NULL.  ${i} from 0 lists them; NULL ends. */
const struct smooth_method *smooth_find(const char *name);
const struct smooth_method *smooth_list(size_t i);

/* The defaults of ${method}. */
struct smooth_options smooth_defaults(const struct smooth_method *method);

/*
 * smooth_run(items, count, options, err):
 * Fill in return, baseline and advantage of one mini-batch's ${count} items.
 * Sums run in the items' order.  Equal rewards give a sigma of exactly 0.
 * Returns 0, or -1: STATUS_DATA when the rewards are too large for their
 * differences to be finite, STATUS_INTERNAL when memory ran out.
 */
int smooth_run(struct smooth_item *items, size_t count,
    const struct smooth_options *options, struct error *err);

/* Running statistics, for --summary. */
struct smooth_summary {
	size_t records, groups, degenerate, dropped, batches;
	double reward_sum, advantage_sum;
	double advantage_min, advantage_max;
};

/*
 * smooth_degenerate(items, count, flags):
 * Set flags[i] to 1 where all of item i's group have the same reward (a
 * group of one has, too), else 0.  Returns the number of such groups and
 * adds the number of all groups to ${groups} (may be NULL); SIZE_MAX when
 * memory ran out.
 */
size_t smooth_degenerate(const struct smooth_item *items, size_t count,
    unsigned char *flags, size_t *groups);

/* Add a finished mini-batch to ${s} (zeroed before the first). */
void smooth_add(struct smooth_summary *s, const struct smooth_item *items,
    size_t count);

#endif
