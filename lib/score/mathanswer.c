/* Mathematical answers: the last box, or a plain statement. */
#include "lib/score/mathanswer.h"

#include "lib/score/boxed.h"
#include "lib/score/mathwrite.h"
#include "lib/score/statement.h"
#include "lib/score/think.h"

/* Find the answer; ${a} gets it as it was written.  0, or -1. */
static int
extract(struct span response, struct answer *a, struct error *err)
{
	struct span final = think_final(response), latex;
	enum answer_status status = ANSWER_OK;
	enum answer_how how = ANSWER_BOXED;
	struct buffer plain = {0};
	size_t from;
	int rc;

	if (final.data == NULL)
		return answer_none(a, ANSWER_THINKING);
	rc = boxed_last(final, &latex, &from);
	if (rc < 0)
		return answer_none(a, ANSWER_UNCLOSED);
	if (rc == 0)
		status = statement_last(final, &latex, &from, &how);
	if (status == ANSWER_NONE)
		return answer_none(a, how);
	latex = span_trim(latex);
	if (latex.length == 0)
		return answer_none(a, ANSWER_EMPTY);
	rc = statement_plain(latex, &plain) != 0 ? error_set(err,
	    STATUS_TEMPFAIL, "out of memory") : answer_set(a,
	    (struct span){plain.data, plain.length},
	    (size_t)(final.data - response.data) + from, how, status, err);
	buffer_free(&plain);
	return rc;
}

/* The answer's normal form in place of what was written, if it has one. */
static int
normalise(struct answer *a, struct error *err)
{
	struct buffer form = {0};
	int rc = mathwrite((struct span){a->text.data, a->text.length}, &form);

	if (rc < 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (rc == 0) {
		buffer_free(&form);
		return 0;
	}
	buffer_free(&a->text);
	a->text = form;
	return 0;
}

static int
compare(struct span gold, const struct mathequal_options *o,
    struct answer *a, struct error *err)
{
	struct span given = {a->text.data, a->text.length};
	enum math_status status = MATH_OK;
	struct error why = {0};
	int rc = mathequal(gold, given, o, &status, &why);

	if (rc < 0 && why.status != STATUS_DATA) {
		if (err != NULL)
			*err = why;
		return -1;
	}
	if (rc < 0) {
		a->how = ANSWER_GOLD;
		a->status = ANSWER_UNPARSABLE;
		return 0;
	}
	if (status == MATH_OK && normalise(a, err) != 0)
		return -1;
	a->status = status == MATH_OK ? ANSWER_OK
	    : status == MATH_TIMEOUT ? ANSWER_TIMEOUT : ANSWER_UNPARSABLE;
	return status == MATH_OK && rc;
}

int
mathanswer_judge(struct span response, struct span gold,
    const struct mathequal_options *o, struct answer *a, struct error *err)
{
	struct span latex;
	size_t from;

	answer_reset(a, response.length);
	if (boxed_last(gold, &latex, &from) == 1)
		gold = latex;
	gold = span_trim(gold);
	if (gold.length == 0)
		return error_set(err, STATUS_DATA, "answer: empty");
	if (extract(response, a, err) != 0)
		return -1;
	return a->status == ANSWER_OK ? compare(gold, o, a, err) : 0;
}
