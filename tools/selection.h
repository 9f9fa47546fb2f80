#ifndef TOOLS_SELECTION_H
#define TOOLS_SELECTION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/*
 * selection_new(count, n, batch, iteration, seed, shard, err):
 * Which of ${n} prompts a run takes, in order, as an array of their indices
 * with ${count} elements, to be freed by the caller.  With ${batch} > 0: the
 * ${iteration}-th batch of that many (0 is the first) of epochs that are each
 * shuffled by ${seed} and cut into whole batches.  ${shard} {I, K} then takes
 * the I-th of K consecutive parts, so that parts in order make the whole.
 * NULL with STATUS_USAGE (a batch larger than the input), STATUS_TEMPFAIL.
 */
size_t *selection_new(size_t *count, size_t n, size_t batch,
    uint64_t iteration, uint64_t seed, const size_t shard[2],
    struct error *err);

#endif
