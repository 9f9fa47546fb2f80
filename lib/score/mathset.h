#ifndef SCORE_MATHSET_H
#define SCORE_MATHSET_H

#include "lib/score/mathscalar.h"

/* A set of real numbers as intervals; both ends may be infinite. */
struct mathset_interval {
	struct mathvalue low, high;
	int low_open, high_open;
};

#define MATHSET_PARTS 32

struct mathset {
	size_t count;
	struct mathset_interval part[MATHSET_PARTS];
	int loose;            /* ends of unknown order: not normalised */
	struct span variable; /* whose values they are; data NULL: anyone's */
};

/*
 * mathset_of(w, a, s):
 * The set that ${a} describes: an interval, reals, points, a union, an
 * inequality of one variable (x < 6, 1 <= x < 2, x != 3), a membership, a list
 * of such ("or": their union; else their intersection where it isn't empty,
 * their union where it is).  1; 0 when it is no such thing, or ${w} failed.
 * Inequalities are not solved: 2x < 12 is none.
 */
int mathset_of(struct mathwork *w, struct mathvalue a, struct mathset *s);

/* 1 or 0; ${w} may have failed. */
int mathset_same(struct mathwork *w, const struct mathset *a,
    const struct mathset *b, double tolerance);

#endif
