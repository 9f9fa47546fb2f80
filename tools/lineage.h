#ifndef TOOLS_LINEAGE_H
#define TOOLS_LINEAGE_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "tools/learner.h"

/* Where a new checkpoint comes from; everything is borrowed. */
struct lineage {
	const char *model;         /* the checkpoint begun from */
	int init;                  /* only its config: random weights */
	const json_t *parent;      /* its trainer_state.json or NULL */
	uint64_t step;             /* optimiser steps taken, all runs' */
	size_t trajectories;
	char *const *buffers;      /* (buffer_count) the buffer's files */
	size_t buffer_count;
	const struct learner_options *options;
};

/*
 * lineage_state(l, err):
 * The contents of trainer_state.json, empg-checkpoint(5): with it and the
 * parent the steps can be made again.  NULL when memory ran out.
 */
json_t *lineage_state(const struct lineage *l, struct error *err);

#endif
