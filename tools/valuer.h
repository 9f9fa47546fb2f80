#ifndef TOOLS_VALUER_H
#define TOOLS_VALUER_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/rl/smooth.h"
#include "tools/engine.h"

/* A value model that says what a smoother's baselines are. */
struct valuer;

/*
 * valuer_open(e, dir, micro_tokens, err):
 * Load the value model of ${dir}; ${micro_tokens} as critic_open has it.  NULL
 * on error.
 */
struct valuer *valuer_open(const struct engine *e, const char *dir,
    size_t micro_tokens, struct error *err);
void valuer_close(struct valuer *v);

/*
 * valuer_look(v, record, n, err):
 * Whether the model can read the record: its response tokens are counted in
 * ${n}.  0, or -1 (STATUS_DATA names the field).
 */
int valuer_look(struct valuer *v, const json_t *record, size_t *n,
    struct error *err);

/*
 * valuer_fill(v, records, items, n, err):
 * items[i].values = V of the states before the tokens of records[i], all of
 * which were looked at.  0, -1 (STATUS_DATA: not finite; STATUS_TEMPFAIL), or
 * 128 + N where signal N came.
 */
int valuer_fill(struct valuer *v, json_t *const *records,
    struct smooth_item *items, size_t n, struct error *err);

#endif
