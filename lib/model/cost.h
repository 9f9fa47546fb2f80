#ifndef MODEL_COST_H
#define MODEL_COST_H

#include <stddef.h>

#include "lib/model/model.h"

/* What passes through a model computed. */
struct cost_work {
	size_t passes;
	size_t rows;   /* tokens */
	size_t logits; /* rows that went through the head */
	size_t keys;   /* positions that rows attended to */
	size_t cached; /* positions of the cache that were read in each pass */
};

/*
 * Count a sequence's n rows from position `first` on, whose first `shared`
 * positions another sequence of the pass has read already.
 */
void cost_add(struct cost_work *w, size_t first, size_t n, size_t shared);

/* w += more. */
void cost_sum(struct cost_work *w, const struct cost_work *more);

/* Multiplications and additions, and bytes that must be read for them. */
struct cost {
	double flops;
	double bytes;
};

/*
 * cost_forward(m, w):
 * Of matrix products and attention, forward: 2 FLOPs a weight and row, 4·H·D a
 * row and key in each layer; all weights and the part of the cache that any
 * sequence reads once a pass.  Activations are taken to stay in caches.
 */
struct cost cost_forward(const struct model *m, const struct cost_work *w);

/*
 * cost_update(m, w, steps):
 * Of forward and backward passes, whose FLOPs are three times the forward's,
 * and of AdamW's steps.  A pass reads all weights twice, and reads and writes
 * their fp32 gradient; a step reads and writes all parameters' fp32 masters,
 * moments and gradient.  What --recompute computes again does not count.
 */
struct cost cost_update(const struct model *m, const struct cost_work *w,
    size_t steps);

/* Bytes of the weights that a pass reads. */
double cost_weights(const struct model *m);

#endif
