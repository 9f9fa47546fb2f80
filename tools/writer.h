#ifndef TOOLS_WRITER_H
#define TOOLS_WRITER_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/io/tool.h"
#include "tools/rollout.h"

/*
 * A thread that makes records of finished rollouts and writes them, so that
 * the model's passes don't wait for text, JSON, compression or a slow reader.
 */
struct writer;

/*
 * writer_new(t, c, err):
 * Start the thread, which alone uses ${t}'s output until writer_close; both
 * arguments are borrowed.  NULL with STATUS_TEMPFAIL.
 */
struct writer *writer_new(struct tool *t, const struct rollout_common *c,
    struct error *err);

/*
 * writer_put(w, rollout, err):
 * Hand over a rollout whose samples are all done, to be written behind those
 * before it and freed.  Waits while many are in line.  Returns 0, or -1 with
 * what stopped the thread (${rollout} is freed then too).
 */
int writer_put(struct writer *w, struct rollout *rollout, struct error *err);

/* 0, or -1 with what stopped the thread. */
int writer_check(struct writer *w, struct error *err);

/*
 * writer_close(w, discard, err):
 * Wait until everything is written, or with ${discard} only for the rollout
 * at hand, and free ${w}, which may be NULL.  Returns 0, or -1 with what
 * stopped the thread; a ${discard} leaves ${err} as it is.
 */
int writer_close(struct writer *w, int discard, struct error *err);

#endif
