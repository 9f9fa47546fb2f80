#ifndef SCORE_STATEMENT_H
#define SCORE_STATEMENT_H

#include "lib/score/answer.h"

/*
 * statement_last(final, value, from, how):
 * What a response without a box says is its answer: the last "(final) answer
 * is|are|:|= VALUE", markdown around it or not, or a heading "Final answer"
 * with the value below; else a last line all in bold.  "answer" must begin a
 * word, and be followed by its verb or colon at once or behind "to ...", "for
 * ...", "in ...", "of ..." or a parenthesis.  "The answer is correct" (right,
 * reasonable, ...) states nothing and is passed over.
 *
 * ${value} is as written, to the end of the sentence or line: without the full
 * stop, a clause after it (", because ..."), or the prose behind a formula in
 * dollar signs; but a unit stays, and a second candidate ("$5$ or $6$") stays,
 * so that the whole is judged.  ${from} gets the offset at which the statement
 * begins, ${how} ANSWER_STATED or ANSWER_BOLD; or why there is none, and
 * nothing earlier rescues that: ANSWER_NEGATED ("the answer is not 5"),
 * ANSWER_EMPTY (the text, or a formula, ends there), ANSWER_ABSENT.
 * Returns ANSWER_OK, ANSWER_NONE, or ANSWER_AMBIGUOUS: a list of bullets.
 */
enum answer_status statement_last(struct span final, struct span *value,
    size_t *from, enum answer_how *how);

/*
 * statement_plain(value, out):
 * Set ${out} to ${value} without the signs around formulas (dollars in pairs,
 * \( and \), \[ and \]) and around bold type.  Returns 0, or -1 when memory
 * ran out.
 */
int statement_plain(struct span value, struct buffer *out);

#endif
