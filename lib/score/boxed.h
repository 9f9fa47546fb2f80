#ifndef SCORE_BOXED_H
#define SCORE_BOXED_H

#include "lib/score/span.h"

/*
 * boxed_last(text, from):
 * The content of the last \boxed or \fbox of ${text}, braces balanced; of
 * "\boxed 9$" what stands before the next space or dollar sign.  ${from} gets
 * the offset of its backslash.  Returns 1; 0 when there is no box; -1 when the
 * last one never closes, so that its content is not known.
 */
int boxed_last(struct span text, struct span *content, size_t *from);

#endif
