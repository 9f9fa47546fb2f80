#ifndef TOOLS_GATHER_H
#define TOOLS_GATHER_H

#include <jansson.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/rl/eval.h"
#include "tools/report.h"

/* Scored trajectories, gathered for evaluation. */
struct gather;

/*
 * ${by} is the field whose values get an evaluation each, or NULL; it and the
 * behaviours ${b} are borrowed.
 */
struct gather *gather_new(const char *by, const struct behaviour *b,
    struct error *err);
void gather_free(struct gather *g);

/*
 * gather_sample(record, s, err):
 * What a record says, but for its behaviours; the strings are the record's.
 * 0, or -1 (STATUS_DATA names the field).
 */
int gather_sample(const json_t *record, struct eval_sample *s,
    struct error *err);

/* Add a record; 0, or -1 (STATUS_DATA names the field). */
int gather_add(struct gather *g, const json_t *record, struct error *err);

/* The number of values that ${by} had. */
size_t gather_parts(const struct gather *g);

/*
 * gather_rows(g, o, rows, err):
 * Evaluate: gather_parts rows, in the order of their names, numbers in them by
 * value, and one more for all trajectories, called "all".  The names live as
 * long as ${g}.  0 or -1.
 */
int gather_rows(const struct gather *g, const struct eval_options *o,
    struct report_row *rows, struct error *err);

#endif
