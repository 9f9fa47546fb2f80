#ifndef SCORE_BOXED_H
#define SCORE_BOXED_H

#include "lib/score/span.h"

/*
 * boxed_last(text, content, from):
 * The content of the last \boxed or \fbox of ${text}, in one pass: braces
 * balanced, \{ and \} being none; of boxes inside one another the outermost,
 * without a box that is all of its content; of "\boxed 9$" what stands before
 * the next blank, dollar sign, \) or \], without punctuation.  "\boxed" before
 * a word or a sign ("put it in \boxed format") is no box.  ${from} gets the
 * offset of its backslash.  Returns 1; 0 when there is no box; -1 when the
 * last one never closes, so that its content is not known.  A box that is not
 * closed counts as last if no blank line parts it from the boxes behind it.
 */
int boxed_last(struct span text, struct span *content, size_t *from);

#endif
