/* What a rule found in a response. */
#include "lib/score/answer.h"

const char *
answer_status_name(enum answer_status status)
{
	static const char *const names[] = {
		[ANSWER_OK] = "ok",
		[ANSWER_NONE] = "none",
		[ANSWER_AMBIGUOUS] = "ambiguous",
		[ANSWER_TIMEOUT] = "timeout",
		[ANSWER_UNPARSABLE] = "unparsable",
	};

	return names[status];
}

const char *
answer_how_name(enum answer_how how)
{
	static const char *const names[] = {
		[ANSWER_ABSENT] = "absent",
		[ANSWER_BOXED] = "boxed",
		[ANSWER_STATED] = "stated",
		[ANSWER_BOLD] = "bold",
		[ANSWER_MARK] = "####",
		[ANSWER_NUMBER] = "last-number",
		[ANSWER_WHOLE] = "whole",
		[ANSWER_THINKING] = "unfinished-thinking",
		[ANSWER_UNCLOSED] = "unclosed-box",
		[ANSWER_EMPTY] = "empty",
		[ANSWER_NEGATED] = "negated",
		[ANSWER_GOLD] = "ground-truth",
	};

	return names[how];
}

void
answer_reset(struct answer *a, size_t length)
{
	a->status = ANSWER_NONE;
	a->how = ANSWER_ABSENT;
	a->found = 0;
	buffer_clear(&a->text);
	a->at = length;
}

int
answer_none(struct answer *a, enum answer_how how)
{
	a->status = ANSWER_NONE;
	a->how = how;
	return 0;
}

int
answer_set(struct answer *a, struct span text, size_t at,
    enum answer_how how, enum answer_status status, struct error *err)
{
	buffer_clear(&a->text);
	if (buffer_add(&a->text, text.data, text.length) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	a->found = 1;
	a->at = at;
	a->how = how;
	a->status = status;
	return 0;
}
