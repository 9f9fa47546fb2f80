#ifndef MODEL_FROZEN_H
#define MODEL_FROZEN_H

#include "lib/base/error.h"
#include "lib/io/safetensors.h"
#include "lib/model/pass.h"

/* A model that is only passed forward, to say what it makes of sequences. */
struct frozen {
	struct model *model;
	struct pass pass;
};

/*
 * frozen_open(f, k, config, type, weights, err):
 * Load the tensors (checked by inventory_check) into a zeroed ${f}.  -1 with
 * STATUS_TEMPFAIL (memory).  frozen_close in either case.
 */
int frozen_open(struct frozen *f, struct kernels *k,
    const struct config *config, enum dtype type,
    const struct safetensors *weights, struct error *err);

/* pass_reserve's errors. */
int frozen_reserve(struct frozen *f, const struct microbatch_room *room,
    struct error *err);

/*
 * Take its head, which outlives it from now on, for head_reference_free: no
 * pass is possible any more.
 */
struct head_reference frozen_take_head(struct frozen *f);

/* Give all memory back. */
void frozen_close(struct frozen *f);

#endif
