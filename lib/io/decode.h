#ifndef IO_DECODE_H
#define IO_DECODE_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"

/*
 * decode_json(text, length, err):
 * The one JSON value that ${text} holds, white space around it; numbers as in
 * number.h, strings may hold NUL (\u0000).  Returns a new reference, or NULL
 * with STATUS_DATA and "column N: what is wrong" (columns are bytes, from 1):
 * bad syntax, bad UTF-8, a lone surrogate, a key twice in an object, arrays
 * and objects nested deeper than 512.
 */
json_t *decode_json(const char *text, size_t length, struct error *err);

#endif
