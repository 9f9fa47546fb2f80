#ifndef SCORE_FINDER_H
#define SCORE_FINDER_H

#include "lib/score/answer.h"

/* A regular expression that finds the answer (PCRE2, on UTF-8 text). */
struct finder;

/* Compile ${re}; NULL on error (STATUS_USAGE with PCRE2's message). */
struct finder *finder_new(const char *re, struct error *err);
void finder_free(struct finder *p);

/*
 * finder_judge(p, response, gold, a, err):
 * The answer is group 1 of the last match (the whole match when the
 * expression has no group), only behind </think> where the response thinks.  It
 * is right when it equals ${gold}, white space at both ends aside, or when both
 * are the same decimal number.  A response that takes more than a million
 * steps to match is ANSWER_TIMEOUT.
 */
int finder_judge(const struct finder *p, struct span response,
    struct span gold, struct answer *a, struct error *err);

#endif
