#ifndef SCORE_MATHFORM_H
#define SCORE_MATHFORM_H

#include "lib/base/buffer.h"
#include "lib/score/span.h"

/*
 * A mathematical answer in a form in which equal answers are mostly equal
 * strings: the spelling of lib/score/latex.h, numbers as reduced fractions,
 * sets and lists sorted, units and percent signs set apart.  Nothing is
 * simplified or evaluated beyond single numbers.  Zero-initialise; free with
 * mathform_free.
 */
struct mathform {
	struct buffer text;
	struct buffer unit; /* "cm^2", "dollar"; empty when none was given */
	int percent;        /* a percent sign was taken off */
	int textual;        /* some of it stood in \text */
};

/* Fill ${f}; 1, 0 when ${latex} is empty or nests too deeply, -1 when memory
 * ran out. */
int mathform_make(struct span latex, struct mathform *f);

/*
 * mathform_equal(gold, given):
 * Whether they are the same answer: equal in form; or one of them an
 * assignment (x = 5) of the other; or equal but for letter case where one
 * is text; or a choice's letter given with its value.  A unit may be
 * left off, but not differ; a percentage equals its value and its number
 * without the sign.  1, 0, or -1 when memory ran out.
 */
int mathform_equal(const struct mathform *gold, const struct mathform *given);

void mathform_free(struct mathform *f);

#endif
