/* Answers compared as text. */
#include "lib/score/exact.h"

#include "lib/score/boxed.h"
#include "lib/score/think.h"

#define MARK "####"

int
exact_extract(struct span final, struct span *text, size_t *from,
    enum answer_how *how)
{
	int rc;

	*how = ANSWER_THINKING;
	if (final.data == NULL)
		return 0;
	*from = span_find_last(final, MARK);
	if (*from != SPAN_NONE) {
		*how = ANSWER_MARK;
		*text = span_line(span_slice(final,
		    *from + sizeof(MARK) - 1, final.length));
	} else if ((rc = boxed_last(final, text, from)) == 0) {
		*how = ANSWER_WHOLE;
		*text = final;
		*from = 0;
	} else {
		*how = rc < 0 ? ANSWER_UNCLOSED : ANSWER_BOXED;
		if (rc < 0)
			return 0;
	}
	*text = span_trim(*text);
	if (text->length == 0)
		*how = ANSWER_EMPTY;
	return text->length > 0;
}

int
exact_judge(struct span response, struct span gold, struct answer *a,
    struct error *err)
{
	struct span final = think_final(response), text;
	enum answer_how how;
	size_t from;

	answer_reset(a, response.length);
	gold = span_trim(gold);
	if (gold.length == 0)
		return error_set(err, STATUS_DATA, "answer: empty");
	if (!exact_extract(final, &text, &from, &how))
		return answer_none(a, how);
	if (answer_set(a, text, (size_t)(final.data - response.data) + from,
	    how, ANSWER_OK, err) != 0)
		return -1;
	return span_equal(text, gold);
}
