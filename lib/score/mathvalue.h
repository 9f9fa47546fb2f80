#ifndef SCORE_MATHVALUE_H
#define SCORE_MATHVALUE_H

#include "lib/base/buffer.h"
#include "lib/score/span.h"

/*
 * mathvalue_write(flat, divide, out):
 * Append the flattened answer ${flat} (see lib/score/latex.h) in canonical
 * form: a number (decimal, fraction, mixed number, times a power of ten) as an
 * integer or reduced fraction, divided by ${divide}; tuples and intervals
 * element by element; sets and bare lists sorted; a single pair of enclosing
 * parentheses dropped.  Other text is appended as it is.  Returns 1 if it was
 * one number, 0 if not, -1 when memory ran out.
 */
int mathvalue_write(struct span flat, unsigned divide, struct buffer *out);

#endif
