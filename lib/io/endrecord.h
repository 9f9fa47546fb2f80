#ifndef IO_ENDRECORD_H
#define IO_ENDRECORD_H

#include <stdint.h>
#include <jansson.h>

#include "lib/base/buffer.h"

/*
 * {"end":7}: all trajectories of iteration 7 are before it, in a stream that
 * goes on with the next iteration's; empg-trajectory(5).  Filters that add
 * members to every record leave it one: what it is shows by `end`, a whole
 * number, and by the absence of an id, a prompt and a response.
 */

/* 1 and the iteration in ${number} (may be NULL) for an end record, or 0. */
int endrecord_read(const json_t *record, uint64_t *number);

/* The same for a line that is not parsed; 0 where it is no JSON. */
int endrecord_line(const struct buffer *line);

/* A new one; NULL when memory ran out. */
json_t *endrecord_new(uint64_t number);

#endif
