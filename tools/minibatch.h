#ifndef TOOLS_MINIBATCH_H
#define TOOLS_MINIBATCH_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/rl/smooth.h"

/*
 * Trajectories that wait until their mini-batch is complete.  It holds whole
 * groups, a group being neighbours with one id; behind them may stand a group
 * that is still open.  Zero-initialise it.
 */
struct minibatch {
	json_t **records;
	struct smooth_item *items;
	size_t count;
	size_t capacity;
	size_t closed;     /* the first ones, whose groups are complete */
	/* Since the beginning: groups closed, the degenerate ones of them, the
	 * records in them and those that were dropped. */
	size_t groups, degenerate, seen, dropped;
};

/* Whether a trajectory with this id belongs to the open group. */
int minibatch_continues(const struct minibatch *b, const char *id,
    size_t length);

/*
 * minibatch_push(b, record, item, err):
 * Add to the open group, or begin one.  Takes over the record and what
 * item.values points to (a block that has all of the item's arrays);
 * sets item.group.  Returns 0, or -1 (STATUS_TEMPFAIL, nothing was
 * taken over).
 */
int minibatch_push(struct minibatch *b, json_t *record,
    const struct smooth_item *item, struct error *err);

/*
 * minibatch_close(b, degenerate, positive_only):
 * The open group, if there is one, is complete.  Drop it if ${degenerate} is
 * set and its rewards are all equal; drop its records with R <= 0 if
 * ${positive_only} is set.
 */
void minibatch_close(struct minibatch *b, int degenerate, int positive_only);

/* Let all trajectories go; the counts since the beginning stay. */
void minibatch_clear(struct minibatch *b);

void minibatch_free(struct minibatch *b);

#endif
