#ifndef KERNELS_CPU_ISA_TRUNCATE_H
#define KERNELS_CPU_ISA_TRUNCATE_H

#include "kernels/cpu/isa/softmax.h"

/* A token that may be drawn. */
struct candidate {
	float logit;
	float weight; /* e^z of struct softmax */
	uint32_t id;
};

/* Room that truncate_row needs: candidates, and floats. */
#define TRUNCATE_LIST(V) (2 * (V))
#define TRUNCATE_GROUPS(V) (2 * LANES * softmax_blocks(V))

/* Whether the options truncate a vocabulary of V at all. */
static inline int
truncate_on(const struct sampling *o, size_t V)
{
	return (o->top_k > 0 && o->top_k < V) || o->top_p < 1.0f ||
	    o->min_p > 0.0f;
}

/*
 * truncate_row(list, groups, logits, s, o, V):
 * The tokens that ${o} leaves of logits (V), in vocabulary order, in ${list};
 * returns how many, at least 1.  ${s} is the row's softmax, with a total that
 * is a number.  In the order of Hugging Face: first top-k, then top-p of the
 * mass that top-k left, then min-p, which compares with the most probable
 * token and so doesn't depend on the others.  Equal logits are taken by lower
 * index.
 */
size_t ISA_NAME(truncate_row)(struct candidate *list, float *groups,
    const float *logits, const struct softmax *s, const struct sampling *o,
    size_t V);

#endif
