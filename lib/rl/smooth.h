#ifndef RL_SMOOTH_H
#define RL_SMOOTH_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/rl/running.h"

/*
 * Rewards to advantages.  All methods are rows of one table in smooth.c; in
 * each, over a scope (the mini-batch, or a prompt's group in it) with rewards
 * R, mean mu and population standard deviation sigma:
 *
 *	empg     return sigmoid(X (R - mu) / sigma), 1/2 where sigma is 0;
 *	         advantage = return - baseline (EMPG, Eq. 12)
 *	raw      return R; advantage = return - baseline (Eq. 11 without one)
 *	star     return 1, advantage 1; records with R <= 0 are dropped
 *	sft      return 1, advantage 1; no reward is needed
 *	reinforce  return R; baseline: the running mean of earlier R
 *	rloo     return R; baseline: mean of the others' R in the group
 *	grpo     return R; advantage = (R - mu) / (s + 1e-6), s with n - 1
 *	dr-grpo  return R; advantage = R - mu, of the group
 *	ppo      return R; advantages of tokens by gae.h, whitened by whiten.h
 */
enum smooth_scope { SMOOTH_BATCH, SMOOTH_GROUP };

enum smooth_baseline {
	SMOOTH_MEAN,    /* of the scope's returns */
	SMOOTH_NONE,    /* 0 */
	SMOOTH_LOO,     /* mean of the scope's other returns; its own return
	                 * where there is no other: the advantage is 0 */
	SMOOTH_VALUES,  /* a token's value: the advantage is by token */
	SMOOTH_RUNNING, /* mean of the mini-batches before, its own mean in the
	                 * first one */
	SMOOTH_CONSTANT /* a number */
};

struct smooth_method {
	const char *name;
	enum smooth_scope scope;       /* default */
	enum smooth_baseline baseline; /* default */
	int needs_reward;
	int positive_only; /* keep records with R > 0 only */
	int fixed;         /* --scope and --baseline make no sense */
	int sigmoid;       /* the return is smoothed */
	int constant;      /* the return is 1 */
	int divide;        /* the advantage is divided by s + 1e-6 */
	int gae;           /* the advantages are estimated from values */
};

struct smooth_options {
	const struct smooth_method *method;
	enum smooth_scope scope;
	enum smooth_baseline baseline;
	double constant;         /* SMOOTH_CONSTANT's */
	double temper;           /* X of the sigmoid */
	double gamma, lambda;    /* of gae.h */
	int whiten;              /* advantages of tokens */
	struct running *running; /* SMOOTH_RUNNING's, read and advanced; else
	                          * NULL */
};

/* One trajectory: what is known of it and what smooth_run finds. */
struct smooth_item {
	double reward;
	size_t group; /* equal for a prompt's samples, which are neighbours */
	double given_return;
	double baseline;
	double advantage;
	/* By token, and NULL otherwise; the caller's room.  (tokens) each. */
	size_t tokens;
	double *values;     /* V of the state before the token */
	double *advantages;
	double *returns;    /* what V should have been: gae's A + V, or the
	                     * return */
};

/* The method ${name} names, or NULL.  ${i} from 0 lists them; NULL ends. */
const struct smooth_method *smooth_find(const char *name);
const struct smooth_method *smooth_list(size_t i);

/* The defaults of ${method}. */
struct smooth_options smooth_defaults(const struct smooth_method *method);

/* Whether advantages are by token: items need values and room. */
int smooth_by_token(const struct smooth_options *options);

/*
 * Whether a trajectory's advantage depends on all of its mini-batch; where
 * it does not, any whole groups may be smoothed by themselves.
 */
int smooth_by_batch(const struct smooth_options *options);

/*
 * smooth_run(items, count, options, err):
 * Fill in return, baseline and advantage of one mini-batch's ${count} items.
 * Sums run in the items' order.  Equal rewards give a sigma of exactly 0.
 * Returns 0, or -1 (STATUS_DATA) when rewards or values are too large for
 * what is made of them to be finite.
 */
int smooth_run(struct smooth_item *items, size_t count,
    const struct smooth_options *options, struct error *err);

/* Whether all ${count} items of one group have the same reward. */
int smooth_degenerate(const struct smooth_item *items, size_t count);

/* Running statistics, for --summary; advantages are counted by token. */
struct smooth_summary {
	size_t records, advantages;
	double reward_sum, advantage_sum;
	double advantage_min, advantage_max;
};

/* Add finished items to ${s} (zeroed before the first). */
void smooth_add(struct smooth_summary *s, const struct smooth_item *items,
    size_t count);

#endif
