#ifndef SCORE_ANSWER_H
#define SCORE_ANSWER_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/score/span.h"

/*
 * What a rule found in a response.  Zero-initialise; `text.data` must be freed
 * with buffer_free.  Every rule is a function
 *     int RULE_judge(response, gold, ..., struct answer *a, err)
 * that fills ${a} and returns 1 (right), 0 (wrong, or no answer found) or -1:
 * STATUS_DATA when the ground truth itself cannot be understood by the rule,
 * STATUS_INTERNAL when memory ran out.
 */
struct answer {
	int found;
	struct buffer text; /* the answer in the rule's normal form */
	size_t at;          /* where the answer statement begins in the
	                     * response; its length when there is none */
};

/* Empty ${a} for a response of ${length} bytes. */
void answer_reset(struct answer *a, size_t length);

/* Record a find: a copy of ${text}, stated at byte ${at}.  0 or -1. */
int answer_set(struct answer *a, struct span text, size_t at,
    struct error *err);

/*
 * answer_stated(final):
 * Where a plain statement of the answer ("the answer is ...", "Answer: ...")
 * stands: the last one's value as written, without the sentence's full stop
 * or markdown; data NULL when there is none or it is negated.  ${from} gets
 * the offset at which the statement begins.
 */
struct span answer_stated(struct span final, size_t *from);

#endif
