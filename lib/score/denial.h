#ifndef SCORE_DENIAL_H
#define SCORE_DENIAL_H

#include "lib/score/span.h"

/*
 * Whether the text ${before} a statement's subject denies it: "I don't think
 * the", "it is false that the", but not "there is no doubt that the", nor what
 * another clause negates.
 */
int denial_before(struct span before);

#endif
