#ifndef SCORE_MATHWEIGHT_H
#define SCORE_MATHWEIGHT_H

#include "lib/score/mathpoint.h"

/* No weight is larger. */
#define MATHWEIGHT_MOST 1000000

/*
 * mathweight(w, n, p):
 * How many bits ${n} can bring two unequal values together by: the sizes of its
 * numbers, times the exponents above them, and the arguments of exponential
 * functions.  1 + 10^-1000 and 1 + e^-700 agree to about so many.
 */
long mathweight(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p);

#endif
