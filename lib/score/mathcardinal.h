#ifndef SCORE_MATHCARDINAL_H
#define SCORE_MATHCARDINAL_H

#include "lib/score/span.h"

/*
 * mathcardinal(s, top, bottom):
 * Whether ${s} is a number in words and nothing else: "twenty-one", "five
 * hundred and two", "a dozen", "two thirds", "half"; its value, below 10^12, as
 * ${top} over ${bottom}.
 */
int mathcardinal(struct span s, long *top, long *bottom);

#endif
