#ifndef SCORE_MATHPLAIN_H
#define SCORE_MATHPLAIN_H

#include "lib/score/mathwork.h"
#include "lib/score/span.h"

/*
 * mathplain(w, text):
 * ${text} with the Unicode characters of mathematics (minus signs, Greek,
 * superscripts, fractions, full-width forms, ...) as the ASCII and TeX that
 * mean the same; other bytes as they are.  The result lives in ${w}, or is
 * ${text}; data NULL when memory ran out.
 */
struct span mathplain(struct mathwork *w, struct span text);

#endif
