#ifndef TOOLS_UPDATE_H
#define TOOLS_UPDATE_H

#include "lib/base/error.h"
#include "lib/model/checkpoint.h"
#include "tools/account.h"
#include "tools/engine.h"
#include "tools/fixed.h"
#include "tools/intake.h"
#include "tools/learner.h"

/* What an update begins with. */
struct update_options {
	const char *model;   /* the checkpoint's directory */
	int init;            /* its config only: random weights */
	int reset_optimizer; /* its weights, not its moments */
	int recompute;       /* WORKSPACE_RECOMPUTE */
	int offload;         /* OFFLOAD_STATE */
	int offload_gradient; /* OFFLOAD_GRADIENT */
	struct learner_options learner;
};

enum offload update_offload(const struct update_options *o);

/* All that an update works with; the caller sets `options` and `buffer`. */
struct update {
	const struct update_options *options;
	struct intake buffer;       /* its config is `checkpoint`'s */
	struct checkpoint checkpoint;
	struct kernels *kernels;
	struct fixed_reference reference;
	struct trainer *trainer;
	struct learner learner;
	struct account account;     /* seconds of what was done here */
};

/*
 * update_open(u, e, once, err):
 * Open device and checkpoint, read the buffer, have the reference pass it,
 * load the policy, reserve memory, compute what is computed once.  ${once}:
 * for one gradient only.  0, or -1.  update_free in either case.
 */
int update_open(struct update *u, const struct engine *e, int once,
    struct error *err);

/*
 * update_next(u, e, err):
 * Read the next buffer of the same input and prepare to learn from it with the
 * weights as they are.  Where it has neither records nor an end, nothing is
 * prepared.  0, or -1.
 */
int update_next(struct update *u, const struct engine *e, struct error *err);

void update_free(struct update *u);

#endif
