#ifndef MODEL_MEMBER_H
#define MODEL_MEMBER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/*
 * The members of an object of config.json; null is as good as absent.  The
 * readers return 0, or -1 with STATUS_DATA and a message that begins with the
 * member's name.  ${o} may be NULL: nothing is there.
 */

/* Borrowed; NULL when absent. */
json_t *member_get(const json_t *o, const char *name);

/* 1 to ${max}; absent: ${fallback}, or an error where that is 0. */
int member_size(size_t *out, const json_t *o, const char *name, size_t fallback,
    size_t max, struct error *err);

/* Above 0; absent: ${fallback}, or an error where that is 0. */
int member_real(double *out, const json_t *o, const char *name, double fallback,
    struct error *err);

/* Absent: 0. */
int member_bool(int *out, const json_t *o, const char *name, struct error *err);

/* A token's id; absent or negative ("pad_token_id": -1): -1. */
int member_token(
    int32_t *out, const json_t *o, const char *name, struct error *err);

#endif
