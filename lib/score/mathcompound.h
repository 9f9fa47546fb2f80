#ifndef SCORE_MATHCOMPOUND_H
#define SCORE_MATHCOMPOUND_H

#include "lib/score/mathscalar.h"

/*
 * Amounts in several units, the larger before the smaller: "3 hours 20
 * minutes", "2 kg and 300 g", 5'6''.  They are what they come to in one of
 * their own units, or in others of several: here units are converted, elsewhere
 * never.
 */

/* Whether an amount in ${b} may go on one in ${a}: minutes on hours. */
int mathcompound_follows(const struct mathunit *a, const struct mathunit *b);

/* Whether ${n} is an amount in several units. */
int mathcompound_is(const struct mathnode *n);

/*
 * mathcompound_same(w, a, b):
 * Whether two amounts, one of them in several units, are the same: 1 or 0; -1
 * where neither is, or one is a list and the other no amount.
 */
int mathcompound_same(struct mathwork *w, struct mathvalue a,
    struct mathvalue b);

#endif
