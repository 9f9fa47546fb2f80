#ifndef SCORE_MATHMATRIX_H
#define SCORE_MATHMATRIX_H

#include "lib/score/mathnode.h"

/* Whether a matrix or tuple occurs in a scalar expression. */
int mathmatrix_within(const struct mathnode *n);

/*
 * mathmatrix_of(w, n):
 * ${n} as one matrix or tuple: scalar multiples, quotients and sums of these
 * are taken element by element.  NULL where it is none, or ${w} failed.
 */
const struct mathnode *mathmatrix_of(struct mathwork *w,
    const struct mathnode *n);

/* A tuple in parentheses, or a matrix with one row or column. */
int mathmatrix_line(const struct mathnode *n);

#endif
