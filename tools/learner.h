#ifndef TOOLS_LEARNER_H
#define TOOLS_LEARNER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/model/trainer.h"
#include "lib/rl/schedule.h"
#include "tools/fixed.h"
#include "tools/loss.h"
#include "tools/metrics.h"
#include "tools/trajectory.h"

/* The words for enum schedule. */
extern const char *const learner_schedules[];

/* How the M-step is made; targets of LEARNER_OPTIONS. */
struct learner_options {
	struct loss_options loss;
	double lr;
	int schedule;       /* enum schedule */
	size_t warmup;
	size_t total_steps; /* 0: this run's */
	double betas[2], eps, weight_decay, grad_clip;
	size_t batch;       /* trajectories a step */
	size_t epochs;
	size_t micro_tokens;
	int shuffle;
	uint64_t seed;
};

#define LEARNER_DEFAULTS {.loss = LOSS_DEFAULTS, .lr = 1e-6, \
	.betas = {0.9, 0.999}, .eps = 1e-8, .weight_decay = 0.01, \
	.grad_clip = 1, .batch = 256, .epochs = 1, .micro_tokens = 1024}

#define LEARNER_OPTIONS(l) \
	LOSS_OPTIONS(&(l)->loss), \
	{.name = "lr", .type = OPTION_REAL, .target = &(l)->lr, .min = 0, \
	    .max = 1e3, .arg = "RATE", .fallback = "1e-6", \
	    .help = "learning rate"}, \
	{.name = "schedule", .type = OPTION_CHOICE, \
	    .target = &(l)->schedule, .choices = learner_schedules, \
	    .arg = "NAME", .fallback = "constant", \
	    .help = "of the learning rate"}, \
	{.name = "warmup", .type = OPTION_SIZE, .target = &(l)->warmup, \
	    .arg = "STEPS", .fallback = "0", .help = "linear warm-up"}, \
	{.name = "total-steps", .type = OPTION_SIZE, \
	    .target = &(l)->total_steps, .arg = "STEPS", \
	    .fallback = "this run's", \
	    .help = "the schedule's length over several runs"}, \
	{.name = "batch", .type = OPTION_SIZE, .target = &(l)->batch, \
	    .min = 1, .max = 1e9, .arg = "M", .fallback = "256", \
	    .help = "trajectories an optimiser step"}, \
	{.name = "epochs", .type = OPTION_SIZE, .target = &(l)->epochs, \
	    .min = 0, .max = 1e6, .arg = "E", .fallback = "1", \
	    .help = "passes over the buffer"}, \
	{.name = "shuffle", .type = OPTION_FLAG, .target = &(l)->shuffle, \
	    .help = "mini-batches in an order given by --seed"}, \
	{.name = "micro-tokens", .type = OPTION_SIZE, \
	    .target = &(l)->micro_tokens, .min = 1, .max = 1e9, .arg = "N", \
	    .fallback = "1024", \
	    .help = "tokens passed at once; bounds the memory"}, \
	{.name = "betas", .type = OPTION_PAIR, .target = (l)->betas, \
	    .min = 0, .max = 0.9999999, .arg = "B1,B2", \
	    .fallback = "0.9,0.999", .help = "AdamW"}, \
	{.name = "eps", .type = OPTION_REAL, .target = &(l)->eps, \
	    .min = 1e-30, .max = 1, .arg = "EPS", .fallback = "1e-8", \
	    .help = "AdamW"}, \
	{.name = "weight-decay", .type = OPTION_REAL, \
	    .target = &(l)->weight_decay, .min = 0, .max = 1e3, .arg = "W", \
	    .fallback = "0.01", .help = "AdamW, on 2-D weights"}, \
	{.name = "grad-clip", .type = OPTION_REAL, \
	    .target = &(l)->grad_clip, .min = 0, .max = 1e9, .arg = "NORM", \
	    .fallback = "1.0", \
	    .help = "clip the gradient's norm; 0: don't"}, \
	{.name = "seed", .type = OPTION_U64, .target = &(l)->seed, \
	    .arg = "S", .fallback = "0", .help = "of --shuffle and --init"}

/* A trainer and the trajectories it learns from. */
struct learner {
	const struct learner_options *options;
	struct trainer *trainer;
	struct trajectory *trajectories; /* (count) */
	size_t count;
	unsigned char *skipped;    /* (count) 1: of no gradient */
	size_t *order;             /* (count) */
	struct sequence *sequences; /* (count): one mini-batch's; first all */
	size_t *active;            /* (count): their trajectories */
	float *factor;             /* (longest response) */
};

/*
 * learner_new(l, o, trajectories, count, err):
 * Room for what is learnt from ${count} trajectories.  0, or -1
 * (STATUS_TEMPFAIL).  Free with learner_free in either case.
 */
int learner_new(struct learner *l, const struct learner_options *o,
    struct trajectory *trajectories, size_t count, struct error *err);
void learner_free(struct learner *l);

/* The trajectories that are passed. */
struct fixed learner_passed(const struct learner *l);

/*
 * learner_begin(l, t, mode, once, err):
 * Learn with ${t}, which gets its room here, whose weights are θ*.  ${once}:
 * there will be one gradient only, of the first mini-batch.  Where the loss
 * asks for it the buffer's logprobs are computed; a single step's are its own.
 * 0, or -1 (STATUS_TEMPFAIL, STATUS_DATA, a signal).
 */
int learner_begin(struct learner *l, struct trainer *t,
    enum workspace_mode mode, int once, struct error *err);

/* Optimiser steps of an epoch. */
size_t learner_steps(const struct learner *l);

/* The order of an epoch: the input's, or shuffled by (seed, epoch). */
void learner_order(struct learner *l, size_t epoch);

/*
 * The gradient of mini-batch ${i} of the current order into the trainer,
 * unclipped, and what is known of it into ${m}.  Returns 0, or -1 when a signal
 * came before it was complete.
 */
int learner_gradient(struct learner *l, size_t i, struct metrics *m);

/*
 * Clip the gradient and step, unless loss or gradient is not finite: then
 * m->skipped is set.  ${run_step} counts this run's steps from 0, ${run_steps}
 * is how many there will be.
 */
void learner_step(struct learner *l, uint64_t run_step, uint64_t run_steps,
    struct metrics *m);

#endif
