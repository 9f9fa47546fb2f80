/* Answers compared as text. */
#include "lib/score/exact.h"

#include "lib/score/boxed.h"
#include "lib/score/think.h"

#define MARK "####"

int
exact_extract(struct span final, struct span *text, size_t *from)
{
	int rc;

	if (final.data == NULL)
		return 0;
	*from = span_find_last(final, MARK);
	if (*from != SPAN_NONE) {
		*text = span_line(span_slice(final,
		    *from + sizeof(MARK) - 1, final.length));
	} else if ((rc = boxed_last(final, text, from)) == 0) {
		*text = final;
		*from = 0;
	} else if (rc < 0) {
		return 0;
	}
	*text = span_trim(*text);
	return text->length > 0;
}

int
exact_judge(struct span response, struct span gold, struct answer *a,
    struct error *err)
{
	struct span final = think_final(response), text;
	size_t from;

	answer_reset(a, response.length);
	gold = span_trim(gold);
	if (gold.length == 0)
		return error_set(err, STATUS_DATA, "answer: empty");
	if (!exact_extract(final, &text, &from))
		return 0;
	if (answer_set(a, text, (size_t)(final.data - response.data) + from,
	    err) != 0)
		return -1;
	return span_equal(text, gold);
}
