#ifndef TOOLS_DRAWS_H
#define TOOLS_DRAWS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/io/tool.h"
#include "lib/model/model.h"
#include "tools/engine.h"
#include "tools/prompt.h"
#include "tools/prompts.h"
#include "tools/rollout.h"
#include "tools/writer.h"

/* How trajectories are drawn, as the command line has it. */
struct draws_settings {
	const char *model;
	size_t samples, max_prompt, max_response, slots, kv_memory;
	size_t prompts, shard[2], top_k;
	double temperature, top_p, min_p;
	int greedy, truncate, stats;
	uint64_t seed, iteration;
	struct option_list stops;
};

/*
 * The E-step: an iteration's prompts from first to last, responses from any to
 * in order.  The caller sets the first three and reads the prompts.
 */
struct draws {
	struct draws_settings *set; /* slots and max_prompt are lowered to what
	                             * prompts and model allow */
	struct tool *tool;
	struct prompt *prompt;
	struct prompts prompts;    /* all that were read */
	struct rollout_common common;
	size_t *selection;         /* of these, in order */
	size_t selected;
	struct rollout **rollouts; /* (selected); NULL: skipped, handed on */
	struct kernels *kernels;   /* opened with the first model */
	struct model *model;
	struct writer *writer;
	size_t next;               /* to be sampled */
	size_t written;            /* handed on */
	size_t skipped;            /* prompts that are too long */
	size_t cut;                /* prompts truncated */
	size_t positions;          /* the model's */
	size_t vocab;
};

/*
 * draws_run(r, e, err):
 * Draw and write all trajectories of set->iteration from set->model, whose
 * weights take the place of those before.  0, or -1.
 */
int draws_run(struct draws *r, const struct engine *e, struct error *err);

void draws_free(struct draws *r);

#endif
