#ifndef TEXT_MERGES_H
#define TEXT_MERGES_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/text/ids.h"
#include "lib/text/vocab.h"

/* The merges: which pairs of ids become which id, and in which order. */
struct merges;

/*
 * merges_new(json, v, err):
 * A list of "a b" or of ["a", "b"].  Returns NULL with STATUS_DATA or
 * STATUS_TEMPFAIL.
 */
struct merges *merges_new(const json_t *json, const struct vocab *v,
    struct error *err);

void merges_free(struct merges *m);

/*
 * merges_apply(m, ids, count):
 * Merge the ${count} ids (below 2^31) in place until no pair is left.
 * Returns 0, or -1 when memory ran out.
 */
int merges_apply(struct merges *m, int32_t *ids, size_t *count);

#endif
