#ifndef SCORE_GSM8K_H
#define SCORE_GSM8K_H

#include "lib/score/answer.h"

/*
 * gsm8k_judge(response, gold, strict, a, err):
 * Grade-school answers: one number.  ${gold} is a number, or a solution whose
 * last "####" is followed by it.  The response's last "####" counts and must be
 * followed on its line by one number, with currency and unit words as they
 * come.  Without ${strict} a response that has no "####" is judged by its
 * last number, as verl's "flexible" does, but never by a part of a fraction,
 * power or sum.  Numbers are compared exactly, as decimals: 45.00 is 45.
 */
int gsm8k_judge(struct span response, struct span gold, int strict,
    struct answer *a, struct error *err);

#endif
