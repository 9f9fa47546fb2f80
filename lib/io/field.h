#ifndef IO_FIELD_H
#define IO_FIELD_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"

/*
 * The fields of a record, read with their type checked and written in their
 * one form.  Tools read numbers through these and never through
 * json_real_value or json_is_number: a number whose text jansson would not
 * give back (1.10, 1e3, 2^64) travels as a value that only lib/io knows.
 *
 * The readers return 0, or -1 with STATUS_DATA and a message that names the
 * field: "reward: missing", "reward: expected a number".
 */

/* Present, and not null. */
int field_has(const json_t *record, const char *name);

int field_real(const json_t *record, const char *name, double *value,
    struct error *err);
int field_u64(const json_t *record, const char *name, uint64_t *value,
    struct error *err);
int field_size(const json_t *record, const char *name, size_t *value,
    struct error *err);
int field_bool(const json_t *record, const char *name, int *value,
    struct error *err);

/*
 * A string, borrowed from the record; it may hold NUL bytes when ${length} is
 * given, and is refused with them when ${length} is NULL.  NULL on error.
 */
const char *field_string(const json_t *record, const char *name,
    size_t *length, struct error *err);

/* Arrays, freed by the caller with free(); an empty one is not NULL. */
int field_reals(const json_t *record, const char *name, double **values,
    size_t *count, struct error *err);
int field_floats(const json_t *record, const char *name, float **values,
    size_t *count, struct error *err);
int field_ints(const json_t *record, const char *name, int32_t **values,
    size_t *count, struct error *err);

/*
 * Writers: set or replace a field (a replaced field keeps its place).  They
 * return 0, or -1 with STATUS_INTERNAL (out of memory, or a number that is not
 * finite).  Reals are written as the shortest decimal that reads back as the
 * same double, floats as the shortest that reads back as the same float.
 */
int field_set_real(json_t *record, const char *name, double value,
    struct error *err);
int field_set_float(json_t *record, const char *name, float value,
    struct error *err);
int field_set_u64(json_t *record, const char *name, uint64_t value,
    struct error *err);
int field_set_bool(json_t *record, const char *name, int value,
    struct error *err);
int field_set_null(json_t *record, const char *name, struct error *err);
/* Bytes that are not UTF-8 become U+FFFD. */
int field_set_string(json_t *record, const char *name, const char *text,
    size_t length, struct error *err);
int field_set_reals(json_t *record, const char *name, const double *values,
    size_t count, struct error *err);
int field_set_floats(json_t *record, const char *name, const float *values,
    size_t count, struct error *err);
int field_set_ints(json_t *record, const char *name, const int32_t *values,
    size_t count, struct error *err);

#endif
