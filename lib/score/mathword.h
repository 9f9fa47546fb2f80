#ifndef SCORE_MATHWORD_H
#define SCORE_MATHWORD_H

#include "lib/score/span.h"

/*
 * Words among mathematics: what makes a phrase, and what it means.
 *
 * mathword_phrase(s, textual, counts):
 * The bytes of the phrase that begins at ${s}, which begins with a letter: a
 * run of words up to "and" or "or", or one of these alone.  Outside of \text
 * (${textual} 0) it is a phrase only if it has a word of four letters or one
 * known; after a number (${counts}) a unit is one too.  0: variables.
 */
size_t mathword_phrase(struct span s, int textual, int counts);

/* ',' for "and", 'o' for "or" between answers; '\0' for other words. */
char mathword_separator(struct span s);

/* A number's word, "twelve" or "third": the number; -1 for other words. */
int mathword_number(struct span s);

/* 3 for "third"; 0 for other words. */
int mathword_ordinal(struct span s);

/* 'O' for "no solution" and its like, 'R' for "all real numbers"; or '\0'. */
char mathword_set(struct span s);

/* 10^n for "thousand" and its like behind a number; 0 for other words. */
int mathword_power(struct span s);

/* Whether a noun phrase behind a number could be its unit: "students". */
int mathword_countable(struct span s);

/*
 * mathword_next(s, word):
 * The next word of ${s}, letters, digits and bytes past ASCII, without what
 * is between them; ${s} moves on.  0 when there is none.
 */
int mathword_next(struct span *s, struct span *word);

/* Equal but for letter case. */
int mathword_same(struct span a, struct span b);

#endif
