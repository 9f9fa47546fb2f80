#ifndef KERNELS_CPU_ISA_TRUNCATE_H
#define KERNELS_CPU_ISA_TRUNCATE_H

#include "kernels/cpu/isa/softmax.h"

/* Tokens that may be drawn, in vocabulary order; (V + LANES) of room each. */
struct candidates {
	size_t n;
	float low;     /* no logit is below it */
	float *logit;
	float *weight; /* e^z of struct softmax */
	uint32_t *id;
};

/* Floats of room for softmax_row's groups. */
#define TRUNCATE_GROUPS(V) (LANES * softmax_blocks(V))

/* Whether the options truncate a vocabulary of V at all. */
static inline int
truncate_on(const struct sampling *o, size_t V)
{
	return (o->top_k > 0 && o->top_k < V) || o->top_p < 1.0f ||
	    o->min_p > 0.0f;
}

/*
 * truncate_row(c, groups, logits, s, o, V):
 * Fill ${c} with the tokens that ${o} leaves of logits (V), at least 1, and
 * zeros of weight behind them up to a multiple of LANES.  ${s} is the row's
 * softmax, with a total that is a number, and ${groups} its groups.  In the
 * order of Hugging Face: first top-k, then top-p of the mass that top-k left,
 * then min-p, which compares with the most probable token and so doesn't
 * depend on the others.  Equal logits are taken by lower index.
 */
void ISA_NAME(truncate_row)(struct candidates *c, const float *groups,
    const float *logits, const struct softmax *s, const struct sampling *o,
    size_t V);

#endif
