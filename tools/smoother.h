#ifndef TOOLS_SMOOTHER_H
#define TOOLS_SMOOTHER_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/io/tool.h"
#include "lib/rl/smooth.h"
#include "tools/minibatch.h"

/* empg-smooth's stream; the caller sets the first three, all else is zero. */
struct smoother {
	const struct smooth_options *options;
	size_t batch;        /* records a mini-batch; 0: all of them */
	int drop_degenerate;
	struct minibatch pending;
	size_t batches;      /* written */
	struct smooth_summary summary;
};

/*
 * smoother_run(s, t, err):
 * Read all records, write them smoothed, commit the output.  A mini-batch
 * ends with the first group that fills it.  No more than a mini-batch and the
 * group that is being read is held; without ${batch}, and where a record
 * depends on its group at most, one group.  Returns 0, or -1.
 */
int smoother_run(struct smoother *s, struct tool *t, struct error *err);

void smoother_free(struct smoother *s);

#endif
