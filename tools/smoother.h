#ifndef TOOLS_SMOOTHER_H
#define TOOLS_SMOOTHER_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/io/tool.h"
#include "lib/rl/smooth.h"
#include "tools/minibatch.h"
#include "tools/valuer.h"

/* empg-smooth's stream; the caller sets the first four, all else is zero. */
struct smoother {
	const struct smooth_options *options;
	struct valuer *valuer; /* who gives the values of tokens; NULL: the
	                        * records have them.  Borrowed */
	size_t batch;        /* records a mini-batch; 0: all of them */
	int drop_degenerate;
	struct minibatch pending;
	size_t batches;      /* written */
	struct smooth_summary summary;
};

/*
 * smoother_run(s, t, end, err):
 * Read all records and write them smoothed: 0 when that is done and the output
 * committed, 1 at an end record, which is a new reference in ${end} for the
 * caller to write; call again to go on behind it.  A mini-batch ends with the
 * first group that fills it, and where the records end.  No more than a
 * mini-batch and the group that is being read is held; without ${batch}, and
 * where a record depends on its group at most, one group.  Returns -1 on an
 * error or a signal.
 */
int smoother_run(struct smoother *s, struct tool *t, json_t **end,
    struct error *err);

void smoother_free(struct smoother *s);

#endif
