#ifndef TOOLS_LEARNER_H
#define TOOLS_LEARNER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/model/trainer.h"
#include "lib/rl/objective.h"
#include "lib/rl/schedule.h"
#include "tools/metrics.h"
#include "tools/trajectory.h"

/* The words for enum loss_norm and enum schedule. */
extern const char *const learner_norms[], *const learner_schedules[];

/* How the M-step is made; targets of empg-update's options. */
struct learner_options {
	int loss_norm;      /* enum loss_norm */
	size_t max_response;
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

/* A trainer and the trajectories it learns from. */
struct learner {
	const struct learner_options *options;
	struct trainer *trainer;
	struct trajectory *trajectories; /* (count) */
	size_t count;
	size_t *order;             /* (count) */
	struct sequence *sequences; /* (count): one mini-batch's; first all */
	size_t *active;            /* (count): their trajectories */
};

/*
 * learner_new(l, o, t, mode, trajectories, count, err):
 * Room for ${count} trajectories here and in the trainer.  0, or -1
 * (STATUS_TEMPFAIL).  Free with learner_free.
 */
int learner_new(struct learner *l, const struct learner_options *o,
    struct trainer *t, enum workspace_mode mode,
    struct trajectory *trajectories, size_t count, struct error *err);
void learner_free(struct learner *l);

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
