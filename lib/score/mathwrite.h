#ifndef SCORE_MATHWRITE_H
#define SCORE_MATHWRITE_H

#include "lib/base/buffer.h"
#include "lib/score/span.h"

/*
 * mathwrite(latex, out):
 * Append the answer ${latex} to ${out} in one spelling, in which equal answers
 * are mostly equal strings, for looking at and for counting votes: rational
 * parts evaluated ("3/8"), sets and lists sorted, a choice as its letter,
 * units left off.  1; 0 when it can't be read (nothing is appended); -1 when
 * memory ran out.
 */
int mathwrite(struct span latex, struct buffer *out);

#endif
