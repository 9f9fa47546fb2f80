#ifndef IO_ENCODE_H
#define IO_ENCODE_H

#include <jansson.h>

#include "lib/base/buffer.h"

/*
 * encode_json(b, value):
 * Add the text of a value: compact, keys in their order, UTF-8 unescaped,
 * numbers as in number.h.  Returns 0, or -1 when memory ran out.
 */
int encode_json(struct buffer *b, const json_t *value);

#endif
