#ifndef SCORE_CHOICE_H
#define SCORE_CHOICE_H

#include "lib/score/answer.h"

/*
 * choice_judge(response, gold, a, err):
 * Multiple choice, letters A to J.  A letter is taken from behind the last
 * "####", from the last \boxed, from "the answer is ...", or from a response
 * that is nothing else; it may be in parentheses and be followed by its
 * option's text ("B", "(B)", "B) 27", "\textbf{(B)}"), but two letters are
 * ANSWER_AMBIGUOUS and other text is ANSWER_UNPARSABLE.  ${gold} has one of
 * these forms too.
 */
int choice_judge(struct span response, struct span gold, struct answer *a,
    struct error *err);

#endif
