#ifndef KERNELS_PARTS_H
#define KERNELS_PARTS_H

/*
 * How the backward of attention is cut into tasks, the same cut whatever the
 * threads.  A part is a stretch of a sequence's rows, or short siblings that
 * go on from the same parent.  What its rows add to keys and values before
 * them, its prefix, belongs to other parts' rows: it is summed aside and added
 * to its owners' rows in the order of the parts.
 */
#include <stddef.h>

#include "kernels/cpu/isa/vec.h"
#include "kernels/kernels.h"

struct part {
	size_t s, sequences; /* the siblings s … s+sequences-1 */
	size_t begin, end;   /* rows of each, as far as it has them */
	size_t prefix;       /* positions before row `begin` */
	size_t at;           /* its floats' offset, (G, prefix, 2, D) */
};

/*
 * Returns the number of parts and fills in `parts` unless NULL; *floats is the
 * room for what they all add to their prefixes.
 */
size_t ISA_NAME(parts_cut)(struct part *parts, size_t *floats,
    const struct attention_shape *a, const struct batch *b);

/* dqkv (T, (H+2G)·D) += the parts' floats at their owners' rows. */
void ISA_NAME(parts_add)(struct kernels *k, float *dqkv, const float *floats,
    const struct part *parts, size_t n, const struct attention_shape *a,
    const struct batch *b);

#endif
