#ifndef SCORE_MATHCOLLECT_H
#define SCORE_MATHCOLLECT_H

#include "lib/score/mathscalar.h"

/*
 * Sets, lists, and what a plus-or-minus makes several of.  Without order;
 * repetitions count in lists, but not where one of the two is a set in braces.
 * A set within is one element, no other than a set.  A list of assignments to
 * several names is, by the names' order, the tuple of the values, and only if
 * the names differ in their subscripts (x_1, x_2) the list of these.
 */
int mathcollect_is(struct mathvalue a);

/* 1 or 0; ${w} may have failed. */
int mathcollect_same(struct mathwork *w, struct mathvalue a,
    struct mathvalue b, double tolerance);

#endif
