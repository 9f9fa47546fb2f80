#ifndef TOOLS_METRICS_H
#define TOOLS_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/rl/drift.h"
#include "lib/rl/objective.h"
#include "lib/rl/regression.h"
#include "lib/rl/spread.h"

/* What one optimiser step did; a line of empg-update's standard output. */
struct metrics {
	uint64_t step;         /* of the checkpoint's whole training */
	double loss, grad_norm, lr;
	struct drift old;       /* of the policy from θ* */
	struct drift sampler;   /* of the policy from the records' logprobs */
	struct drift reference; /* of the reference from the policy */
	struct spread full;     /* exact KL to the reference */
	struct spread entropy, advantage; /* tokens'; the latter of all */
	int values;             /* a value model's: what follows, not drift */
	struct regression_fit fit;
	int weighs;             /* the objective has ratios to clip */
	struct objective_clips clips;
	int truncates;          /* by --tis */
	size_t tis_capped;
	double groups, equal_groups; /* with rewards; all equal */
	size_t trajectories;
	size_t zero_advantage;
	size_t tokens;         /* response tokens of the mini-batch */
	size_t trained_tokens; /* prompts and responses learnt from */
	size_t computed_tokens; /* rows passed: shared prompts once */
	double seconds;
	int skipped;           /* not finite: no step was made */
};

/* The most memory that this process had at a time. */
size_t metrics_peak_bytes(void);

/* The step as a record; what isn't known or finite is null.  NULL on error. */
json_t *metrics_record(const struct metrics *m, struct error *err);

#endif
