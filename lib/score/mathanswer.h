#ifndef SCORE_MATHANSWER_H
#define SCORE_MATHANSWER_H

#include "lib/score/answer.h"

/*
 * mathanswer_judge(response, gold, a, err):
 * Mathematical answers in LaTeX.  The response's answer is the content of its
 * last \boxed, or, where there is no box, what it says "the answer is"; only
 * behind </think> where it thinks, and nothing when that box or the thinking
 * never closes.  Compared as lib/score/mathform.h says; ${gold} is the answer
 * itself, or a text with a box.
 */
int mathanswer_judge(struct span response, struct span gold,
    struct answer *a, struct error *err);

#endif
