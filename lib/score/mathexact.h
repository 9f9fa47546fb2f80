#ifndef SCORE_MATHEXACT_H
#define SCORE_MATHEXACT_H

#include "lib/score/mathpoint.h"

/*
 * mathexact(w, n, p, out):
 * The exact rational value of ${n} at ${p}: MATHPOINT_VALUE and ${out}, or why
 * not; -1 when ${w} failed.  Roots are taken where they are rational; the root
 * of odd degree of a negative number is negative.  0^0 is 1.
 */
int mathexact(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out);

#endif
