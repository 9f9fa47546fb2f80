#ifndef MODEL_SPLIT_H
#define MODEL_SPLIT_H

#include <stddef.h>

#include "kernels/kernels.h"

/*
 * A sampling batch cut by sequences into a part for each thread, which takes
 * it through all layers by itself: nobody waits at each operation.  As a row's
 * bits do not depend on what it is computed with, they stay.  Batches are cut
 * where every thread has enough rows to be busy with, and the model is so small
 * that each can read all weights from a cache.
 */
struct split;
struct workspace;

/*
 * For ${w} (borrowed), or NULL, and nothing is ever cut: on a device, with one
 * thread, a larger model, or no memory.
 */
struct split *split_new(struct workspace *w);
void split_free(struct split *split);

/* Cut w->batch; 0 if it is not independent, or better left whole. */
int split_cut(struct split *split);

/* Call ${run} for each part of what was cut, at once. */
void split_run(struct split *split, void (*run)(struct workspace *part));

#endif
