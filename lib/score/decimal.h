#ifndef SCORE_DECIMAL_H
#define SCORE_DECIMAL_H

#include "lib/base/buffer.h"
#include "lib/score/span.h"

/*
 * Decimal numbers as text, of any length, compared without rounding.
 *
 * decimal_canonical(s, out):
 * If the whole of ${s} is a number - an optional sign (the Unicode minus too),
 * digits with or without commas between groups of three, an optional
 * fraction - set ${out} to its only form: no plus, no commas, no
 * superfluous zeros, no "-0".  Returns 1, 0 when it is not a number, -1 when
 * memory ran out.
 */
int decimal_canonical(struct span s, struct buffer *out);

/* Bytes at the beginning of ${s} that are digits, or commas and points
 * between or before digits: "1,250.50" of "1,250.50, then". */
size_t decimal_scan(struct span s);

/*
 * Words that change the number before them ("thousand", "half") or offer
 * another ("or"): a number followed by one is not the value it looks like.
 */
int decimal_changed_by(struct span word);

#endif
