#ifndef MODEL_SPLIT_H
#define MODEL_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/model/model.h"

/*
 * A batch cut by sequences, a part for each thread, which takes its part
 * through all layers by itself: nobody waits at each operation.  As rows do not
 * depend on what they are computed with, the bits stay.  It is worth it where
 * a thread has enough rows to be busy with, and reads all weights from a cache.
 */
struct split;
struct workspace;

/*
 * For the sampling of ${w}, whose other members are set but for memory; NULL
 * on a device, with one thread, or when there is no memory: nothing is split.
 */
struct split *split_new(struct workspace *w);
void split_free(struct split *split);

/* Cut w->batch; 0 if it is better left whole, or is not `apart`. */
int split_cut(struct split *split, struct workspace *w);

/* Call ${run} for each part of what was cut, at once. */
void split_run(struct split *split, struct kernels *k,
    void (*run)(struct workspace *part));

#endif
