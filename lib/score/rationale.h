#ifndef SCORE_RATIONALE_H
#define SCORE_RATIONALE_H

#include "lib/score/answer.h"

/*
 * rationale_bytes(response, a):
 * The bytes of ${response} that reason: those before its last </think>, or
 * where it has none, before the answer statement that a rule found in it (all
 * of it when none was found).
 */
size_t rationale_bytes(struct span response, const struct answer *a);

/*
 * rationale_share(bytes, length, tokens):
 * An estimate of the tokens that ${bytes} of a text of ${length} bytes and
 * ${tokens} tokens take: their share, rounded to the nearest, halves up.
 */
size_t rationale_share(size_t bytes, size_t length, size_t tokens);

/*
 * rationale_overlong(tokens, limit, soft):
 * DAPO's soft overlong punishment (arXiv 2503.14476, eq. 13): 0 up to limit -
 * soft tokens, from there linearly down to -1 at limit and beyond.
 */
double rationale_overlong(size_t tokens, double limit, double soft);

#endif
