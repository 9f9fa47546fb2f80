#ifndef SCORE_MATHANSWER_H
#define SCORE_MATHANSWER_H

#include "lib/score/answer.h"
#include "lib/score/mathequal.h"

/*
 * mathanswer_judge(response, gold, o, a, err):
 * Mathematical answers in LaTeX.  The response's answer is the content of its
 * last box (lib/score/boxed.h), or where there is no box, what it states in
 * words (lib/score/statement.h); only behind </think> where it thinks.  Nothing
 * earlier and no prose rescues a last box that is empty or never closes.
 * Compared as lib/score/mathequal.h says.  ${gold} is the answer itself, or a
 * text with a box; only one that is empty is an error, one that can't be read
 * gives ANSWER_UNPARSABLE and ANSWER_GOLD.
 */
int mathanswer_judge(struct span response, struct span gold,
    const struct mathequal_options *o, struct answer *a, struct error *err);

#endif
