#ifndef TOOLS_FIXED_H
#define TOOLS_FIXED_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/model/checkpoint.h"
#include "lib/model/frozen.h"
#include "lib/model/trainer.h"
#include "tools/engine.h"
#include "tools/prompt.h"
#include "tools/trajectory.h"

/*
 * What the steps on a buffer read and never change: the logprobs of its tokens
 * under the policy as it was before the first step, and under the reference.
 */

/* Trajectories, some of which are passed. */
struct fixed {
	struct trajectory *list;      /* (count) */
	size_t count;
	const unsigned char *skipped; /* (count) 1: not passed */
	size_t batch;                 /* trajectories given at once */
	size_t micro_tokens;
};

/* Fill in `old` with ${t}'s logprobs.  0, or -1: memory, a signal. */
int fixed_old(const struct fixed *f, struct trainer *t, struct error *err);

/* A reference model between its loading and its pass. */
struct fixed_reference {
	struct checkpoint checkpoint;
	struct frozen frozen;
	struct head_reference head; /* with `full`, after the pass */
};

/*
 * fixed_load(r, dir, k, e, policy, err):
 * Load the checkpoint ${dir} into a zeroed ${r}.  -1: as checkpoint_open; or
 * STATUS_DATA where its vocabulary is not as large as the policy's.
 */
int fixed_load(struct fixed_reference *r, const char *dir, struct kernels *k,
    const struct engine *e, const struct config *policy, struct error *err);

/*
 * fixed_pass(r, f, policy, full, err):
 * Check that the reference has the tokens that ${policy}, an open prompt, has
 * (NULL: that was done);
 * fill in `reference` and, with ${full}, `normed`; give the model's memory
 * back but for r->head.  0, or -1.
 */
int fixed_pass(struct fixed_reference *r, const struct fixed *f,
    const struct prompt *policy, int full, struct error *err);

void fixed_free(struct fixed_reference *r, struct kernels *k);

#endif
