#ifndef SCORE_MATHCOMPARE_H
#define SCORE_MATHCOMPARE_H

#include "lib/score/mathscalar.h"

/*
 * mathcompare(w, a, b, tolerance):
 * Whether two answers are the same: 1 or 0; ${w} may have failed.  Symmetric.
 *
 * A name with its value is its value (mathassign.h); two equations are the
 * same up to sides and a factor; inequalities are the intervals that they
 * describe (mathset.h).  Sets and lists have no order, tuples have; a
 * plus-or-minus is two values, two of them without a minus-or-plus are four.
 * A matrix of one row or column is a tuple.  A unit may be left off, but not
 * differ; a percentage is its value, or its number where that is above 1; a
 * numeral in a base is another of the same value that states its base too, and
 * only base 10 may be left off.  A choice is its letter, or its value.
 */
int mathcompare(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance);

#endif
