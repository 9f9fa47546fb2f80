#ifndef SCORE_THINK_H
#define SCORE_THINK_H

#include "lib/score/span.h"

/*
 * think_final(response):
 * The part of a response that may state the answer: what follows the last
 * </think>; all of it when it has no such tags; none (data NULL) when a
 * <think> was opened and never closed.
 */
struct span think_final(struct span response);

/*
 * Whether the response is <think>, something, </think>, something, each tag
 * exactly once and only white space before the first.
 */
int think_wellformed(struct span response);

#endif
