#ifndef SCORE_MATHTEXT_H
#define SCORE_MATHTEXT_H

#include "lib/score/mathtoken.h"

/*
 * Answers as words, for those that are no mathematics.
 *
 * mathtext_same(a, m, b, n):
 * Whether two rows of tokens are the same words, numbers and signs but for
 * letter case, punctuation and articles; of dates ("30 October", "October
 * 30th") in any order.
 */
int mathtext_same(const struct mathtoken *a, size_t m,
    const struct mathtoken *b, size_t n);

/* Whether the tokens are words, numbers and punctuation only, and parentheses
 * that close. */
int mathtext_plain(const struct mathtoken *row, size_t count);

#endif
