#ifndef SCORE_MATHSCALAR_H
#define SCORE_MATHSCALAR_H

#include "lib/score/mathpoint.h"

/* A node, and the signs of the plus-or-minuses in it (see mathpoint.h). */
struct mathvalue {
	const struct mathnode *n;
	unsigned signs;
};

/*
 * mathscalar_same(w, a, b, tolerance):
 * Whether two scalars are equal: 1 or 0; -1 when ${w} failed.
 *
 * Rational values are compared exactly.  Otherwise balls of rising precision
 * either part, which proves that they differ, or agree to 1,000 bits and as
 * many more as their sizes could feign (mathweight.h), which counts as equal;
 * what does neither is over the budget.  With variables, they
 * must agree at the points of mathpoint.h, at those of mixed signs only where
 * both are real: a variable stands for a real number, and equal means on the
 * common domain, so that sqrt(x^2) is |x| and not x, but 2 ln x is ln x^2.
 * Infinities equal themselves, what is undefined nothing.
 *
 * With ${tolerance} above 0, constants that differ by no more than it times
 * the larger one's absolute value are equal too.
 */
int mathscalar_same(struct mathwork *w, struct mathvalue a,
    struct mathvalue b, double tolerance);

/* The order of two real constants, -1, 0 or 1, infinities included; 2 where
 * there is none or it isn't known. */
int mathscalar_order(struct mathwork *w, struct mathvalue a,
    struct mathvalue b);

/*
 * mathscalar_proportional(w, a, b, c, d):
 * Whether a - b is a constant times c - d, none of them zero: the constant's
 * sign (1 where it isn't real), or 0; ${w} may have failed.
 */
int mathscalar_proportional(struct mathwork *w, struct mathvalue a,
    struct mathvalue b, struct mathvalue c, struct mathvalue d);

/* 1 or -1 for an infinity, 0 for all else. */
int mathscalar_infinite(struct mathvalue a);

/* Whether it has no variables. */
int mathscalar_constant(const struct mathnode *n);

/* Whether the variable ${name} occurs in it. */
int mathscalar_mentions(const struct mathnode *n, struct span name);

#endif
