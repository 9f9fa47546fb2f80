#ifndef TOOLS_PUBLISH_H
#define TOOLS_PUBLISH_H

#include "lib/base/error.h"
#include "tools/engine.h"
#include "tools/training.h"

/*
 * publish_run(r, dir, o, e, err):
 * Update the newest checkpoint of the run ${dir} on the buffer that the input
 * has up to an end record, that on the next, and so on to the end of the
 * input.  Each iteration leaves NNNN/buffer.jsonl.zst, the records as they
 * came, NNNN/update.jsonl, its metrics, and then the checkpoint behind NNNN.
 * r->update, whose options are ${o}, is opened here; the rest of ${r} is the
 * caller's.  0, or -1: STATUS_TEMPFAIL, the input ended within an iteration, or
 * the place is taken; STATUS_DATA, it is of another iteration; or what reading,
 * training and writing said.
 */
int publish_run(struct training *r, const char *dir, struct update_options *o,
    const struct engine *e, struct error *err);

#endif
