#ifndef SCORE_EXACT_H
#define SCORE_EXACT_H

#include "lib/score/answer.h"

/*
 * exact_judge(response, gold, a, err):
 * The answer as text, byte for byte but for white space at both ends: what
 * follows the last "####" on its line, or else the content of the last \boxed,
 * or else the whole of the response; only behind </think> where it thinks.
 */
int exact_judge(struct span response, struct span gold, struct answer *a,
    struct error *err);

/*
 * exact_extract(final, text, from, how):
 * The text that exact_judge compares, where its mark stands, and how it was
 * found.  1, or 0 when there is none, for the reason ${how}.
 */
int exact_extract(struct span final, struct span *text, size_t *from,
    enum answer_how *how);

#endif
