#ifndef TOOLS_SERIES_H
#define TOOLS_SERIES_H

#include <jansson.h>
#include <stddef.h>

#include "lib/base/error.h"

/*
 * series_mean(records, count, out, err):
 * Add to ${out}, in the last record's order: each number, as the mean over
 * the records that have it; each object, as the same of its fields; and each
 * other value that is the same in all of them.  0 or -1.
 */
int series_mean(json_t *const *records, size_t count, json_t *out,
    struct error *err);

#endif
