#ifndef SCORE_MATHUNIT_H
#define SCORE_MATHUNIT_H

#include "lib/score/span.h"

/*
 * A unit as a product of powers of words: "m^2", "km h^-1", "student".
 * Spellings of one unit are one; different units are converted only by
 * mathcompound.h.
 */
#define MATHUNIT_FACTORS 6

struct mathunit {
	size_t count;
	struct {
		struct span name;
		int power;
	} factor[MATHUNIT_FACTORS];
};

/* Whether ${word} is a unit's name or sign; its normal name, or NULL. */
const char *mathunit_known(struct span word);

/*
 * mathunit_add(u, words, power):
 * Multiply ${u} by the unit that ${words} name ("square feet", "miles per
 * hour", "right triangles") to the ${power}.  1, or 0 when these can't be a
 * unit.
 */
int mathunit_add(struct mathunit *u, struct span words, int power);

int mathunit_is(const struct mathunit *u, const char *name);

/*
 * mathunit_same(a, b):
 * Whether they are one unit; counted things are one where one phrase ends with
 * the other ("right triangles", "triangles").
 */
int mathunit_same(const struct mathunit *a, const struct mathunit *b);

#endif
