#ifndef TOOLS_TRAINING_H
#define TOOLS_TRAINING_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/io/jsonl.h"
#include "lib/io/tool.h"
#include "tools/update.h"

/* The steps on a buffer that was read, and what is told of them. */
struct training {
	struct tool *tool;         /* writes a line of metrics each step */
	struct update *update;
	struct jsonl_writer *copy; /* gets the metrics too, or NULL */
};

/*
 * training_run(r, err):
 * All epochs over the buffer.  0, or -1: STATUS_INTERNAL, three steps in a row
 * were not finite; what writing said; a signal.
 */
int training_run(struct training *r, struct error *err);

/* The first mini-batch's gradient into the file ${path}, with its metrics. */
int training_gradient(struct training *r, const char *path,
    struct error *err);

/*
 * training_save(r, path, buffers, count, optimizer, err):
 * Write the checkpoint ${path}, which was made of the ${count} files
 * ${buffers}.  Returns a new reference to its trainer_state.json, or NULL.
 */
json_t *training_save(struct training *r, const char *path,
    char *const *buffers, size_t count, int optimizer, struct error *err);

#endif
