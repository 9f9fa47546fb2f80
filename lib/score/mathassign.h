#ifndef SCORE_MATHASSIGN_H
#define SCORE_MATHASSIGN_H

#include "lib/score/mathscalar.h"

/*
 * mathassign(w, a, subject, value):
 * What a statement gives as an answer: 5 for "x = 5", "5 = x", "f(2) = 5",
 * "AB = 5", "x = 2 + 3 = 5" and "2 + 3 = 5"; the set for "x in S".  ${subject}
 * gets what it is the value of, or NULL.  0 for all else: an equation is not
 * its solution, a chain that is false is nothing.
 */
int mathassign(struct mathwork *w, struct mathvalue a,
    const struct mathnode **subject, struct mathvalue *value);

#endif
