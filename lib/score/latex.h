#ifndef SCORE_LATEX_H
#define SCORE_LATEX_H

#include "lib/base/buffer.h"
#include "lib/score/span.h"

/*
 * latex_flatten(latex, out):
 * Write ${latex} in one spelling: without spaces, spacing and sizing commands,
 * dollar signs and superfluous braces; \frac and \sqrt with braces, their
 * display and text variants as themselves; synonyms (\leq, \dots, bmatrix,
 * Unicode signs) as one; "and" and "or" between answers as commas.
 * What stood in \text and its kin is enclosed in LATEX_TEXT and LATEX_END, a
 * currency sign is LATEX_MONEY, a degree sign LATEX_DEGREE; other control
 * bytes never occur.
 * Returns 1, 0 when the braces nest too deeply to be an answer, -1 when
 * memory ran out.
 */
#define LATEX_TEXT '\001'
#define LATEX_END '\002'
#define LATEX_MONEY '\003'
#define LATEX_DEGREE '\004'

int latex_flatten(struct span latex, struct buffer *out);

#endif
