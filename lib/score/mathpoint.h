#ifndef SCORE_MATHPOINT_H
#define SCORE_MATHPOINT_H

#include "lib/score/mathnode.h"

/*
 * Where an expression is evaluated: which signs its plus-or-minuses have (bit
 * i for the i-th: minus), and which of the fixed pseudo-random points its
 * variables are at.  At points 0 and 1 they are positive, at 2 and 3 of mixed
 * and opposite signs; a variable's value depends on its name only.
 */
#define MATHPOINT_COUNT 4
#define MATHPOINT_POSITIVE 2

struct mathpoint {
	unsigned signs;
	unsigned index;
};

/* What became of an evaluation. */
enum mathpoint_result {
	MATHPOINT_VALUE = 1,
	MATHPOINT_UNDEFINED, /* division by zero, or not a number at all */
	MATHPOINT_INEXACT    /* irrational, or of more bits than we compute */
};

/* Set ${q} to the value of the variable ${name}. */
void mathpoint_value(struct span name, const struct mathpoint *p, fmpq_t q);

#endif
