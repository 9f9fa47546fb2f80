#ifndef SCORE_GSM8K_H
#define SCORE_GSM8K_H

#include "lib/score/answer.h"

/*
 * gsm8k_judge(response, gold, strict, a, err):
 * Grade-school answers: one number.  ${gold} is a number, or a solution whose
 * last "####" is followed by it.  The response's last "####" counts
 * (ANSWER_MARK) and must be followed on its line by one number, with currency
 * and unit words as they come; two are ANSWER_AMBIGUOUS ("26 or 27", "3/5"),
 * none, or one that is not what it looks like ("5 thousand"),
 * ANSWER_UNPARSABLE.  Without ${strict} a response that has no "####" is judged
 * by its last number (ANSWER_NUMBER), but never by a part of a fraction, power
 * or sum.  Numbers are compared exactly, as decimals: 45.00 is 45.
 *
 * verl's rule (verl/utils/reward_score/gsm8k.py) looks at the last 300
 * characters only: "strict" takes the last match of "#### (\-?[0-9\.\,]+)"
 * without its commas, "flexible" the last of "(\-?[0-9\.\,]+)" that is not "."
 * with its commas, and both compare it with the ground truth as text.  So it
 * differs from ours for "#### $45", "#### 45.", "#### 45.00" and, flexible,
 * "1,200", which it refuses, and for "#### 3/5", "#### 26 or 27" and "2^5",
 * where it takes a part.
 */
int gsm8k_judge(struct span response, struct span gold, int strict,
    struct answer *a, struct error *err);

#endif
