#ifndef SCORE_MATHMEASURE_H
#define SCORE_MATHMEASURE_H

#include "lib/score/mathscalar.h"

/*
 * mathmeasure_same(w, a, b, tolerance):
 * Whether two scalars or ratios, with or without units, percent signs and
 * bases, are the same; as mathcompare.h says.  1 or 0; ${w} may have failed.
 */
int mathmeasure_same(struct mathwork *w, struct mathvalue a,
    struct mathvalue b, double tolerance);

#endif
