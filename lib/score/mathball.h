#ifndef SCORE_MATHBALL_H
#define SCORE_MATHBALL_H

#include <acb.h>

#include "lib/score/mathpoint.h"

/*
 * mathball(w, n, p, precision, out):
 * A complex ball that contains the value of ${n} at ${p}, about ${precision}
 * bits wide; not finite where it is not known to be defined.
 * MATHPOINT_VALUE, MATHPOINT_UNDEFINED, or -1 when ${w} failed.
 *
 * Branches are the principal ones, as Arb has them, but for real numbers:
 * the odd root of a negative number, and its power to a fraction of odd
 * denominator, are real; arccot lies in (0, pi).  In a trigonometric
 * function's argument a degree is pi/180, elsewhere 1; other units are
 * variables.
 */
int mathball(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, slong precision, acb_t out);

#endif
