#ifndef TOOLS_LOSS_H
#define TOOLS_LOSS_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/model/pass.h"
#include "lib/rl/objective.h"
#include "lib/rl/penalty.h"
#include "tools/metrics.h"
#include "tools/trajectory.h"

/* Whose logprobs log P_θ* are. */
enum loss_old { LOSS_OLD_RECOMPUTE, LOSS_OLD_SAMPLER };

/* What is minimised; targets of LOSS_OPTIONS. */
struct loss_options {
	int objective;          /* of objective_list */
	int norm;               /* enum loss_norm */
	size_t max_response;
	struct objective_options weights;
	int old;                /* enum loss_old */
	double tis;             /* the cap; 0: none */
	double beta;            /* 0: no reference */
	const char *reference;  /* its checkpoint */
	int kl;                 /* enum penalty_kl */
	double entropy;         /* the bonus */
	int value_loss;         /* enum loss_value, of a value model */
};

enum loss_value { LOSS_VALUE_MSE, LOSS_VALUE_BCE };

/* The words for their numbers, NULL-ended. */
extern const char *const loss_norms[], *const loss_levels[],
    *const loss_olds[], *const loss_values[];

#define LOSS_DEFAULTS {.max_response = 1024, .weights.clip = {0.2, 0.2}, \
	.kl = PENALTY_K3}

#define LOSS_OPTIONS(l) \
	{.name = "objective", .type = OPTION_CHOICE, \
	    .target = &(l)->objective, .choices = objective_names, \
	    .arg = "NAME", .fallback = "empg", .help = "the loss"}, \
	{.name = "loss-norm", .type = OPTION_CHOICE, .target = &(l)->norm, \
	    .choices = loss_norms, .arg = "NAME", .fallback = "token", \
	    .help = "what the sum over tokens is divided by"}, \
	{.name = "max-response", .type = OPTION_SIZE, \
	    .target = &(l)->max_response, .min = 1, .max = 1e9, \
	    .arg = "TOKENS", .fallback = "1024", \
	    .help = "divisor of --loss-norm constant"}, \
	{.name = "is-level", .type = OPTION_CHOICE, \
	    .target = &(l)->weights.sequence, .choices = loss_levels, \
	    .arg = "LEVEL", .fallback = "token", \
	    .help = "is: a weight a token, or their product a sequence"}, \
	{.name = "is-cap", .type = OPTION_REAL, .target = &(l)->weights.cap, \
	    .min = 0, .max = 1e9, .arg = "C", .fallback = "none", \
	    .help = "is: no weight above C"}, \
	{.name = "clip", .type = OPTION_PAIR, .target = (l)->weights.clip, \
	    .min = 0, .max = 1e9, .arg = "LO[,HI]", .fallback = "0.2", \
	    .help = "grpo, ppo: ratios count within 1-LO and 1+HI"}, \
	{.name = "old", .type = OPTION_CHOICE, .target = &(l)->old, \
	    .choices = loss_olds, .arg = "WHOSE", .fallback = "recompute", \
	    .help = "ratios are to -m's own logprobs, or to the records'"}, \
	{.name = "tis", .type = OPTION_REAL, .target = &(l)->tis, \
	    .min = 0, .max = 1e9, .arg = "C", .fallback = "none", \
	    .help = "ratio to the records' logprobs as a weight, up to C"}, \
	{.name = "beta", .type = OPTION_REAL, .target = &(l)->beta, \
	    .min = 0, .max = 1e9, .arg = "B", .fallback = "0", \
	    .help = "weight of the KL to --ref"}, \
	{.name = "ref", .type = OPTION_STRING, .target = &(l)->reference, \
	    .arg = "DIR", .help = "reference checkpoint, for --beta"}, \
	{.name = "kl", .type = OPTION_CHOICE, .target = &(l)->kl, \
	    .choices = penalty_names, .arg = "ESTIMATOR", .fallback = "k3", \
	    .help = "of the KL: k1, k2, k3 of the token, or full"}, \
	{.name = "entropy", .type = OPTION_REAL, .target = &(l)->entropy, \
	    .min = 0, .max = 1e9, .arg = "C", .fallback = "0", \
	    .help = "weight of the entropy bonus"}, \
	{.name = "value-loss", .type = OPTION_CHOICE, \
	    .target = &(l)->value_loss, .choices = loss_values, \
	    .arg = "LOSS", .fallback = "mse", \
	    .help = "value: mse of the returns, or bce of the reward"}

/* Which options contradict one another: 0, or -1 with STATUS_USAGE. */
int loss_check(const struct loss_options *o, struct error *err);

/* Whether it is a value model's, valueloss.h. */
int loss_of_values(const struct loss_options *o);

/* What it learns from. */
enum trajectory_target loss_target(const struct loss_options *o);

/* Whether records must have logprobs. */
int loss_reads_sampler(const struct loss_options *o);

/* Whether θ*'s logprobs, where they aren't θ's, must be computed. */
int loss_reads_old(const struct loss_options *o);

/*
 * Whether it needs a response's logprobs all at once; ${single}: θ is θ*
 * throughout, unless the sampler's logprobs are taken.
 */
int loss_wants_whole(const struct loss_options *o, int single);

/* Whether the trajectory adds nothing to any gradient. */
int loss_skips(const struct loss_options *o, const struct trajectory *t);

/* The loss of one mini-batch, as a context for loss_rows. */
struct loss {
	const struct loss_options *options;
	struct loss_scale scale;
	const struct trajectory *trajectories;
	const size_t *active;    /* the passed sequences' trajectories */
	struct metrics *metrics; /* summed here, loss included */
	float *factor;           /* (longest response); with --tis */
};

/* A pass_loss; ends where a signal came. */
int loss_rows(void *context, const struct loss_rows *rows);

#endif
