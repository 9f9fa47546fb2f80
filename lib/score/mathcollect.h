#ifndef SCORE_MATHCOLLECT_H
#define SCORE_MATHCOLLECT_H

#include "lib/score/mathscalar.h"

/*
 * Sets, lists, and what a plus-or-minus makes several of.  Without order;
 * repetitions count in lists, but not where one of the two is a set in braces.
 * A list of assignments to several names is, by the names' order, the tuple or
 * list of the values.
 */
int mathcollect_is(struct mathvalue a);

/* 1 or 0; ${w} may have failed. */
int mathcollect_same(struct mathwork *w, struct mathvalue a,
    struct mathvalue b, double tolerance);

#endif
