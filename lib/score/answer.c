/* What a rule found in a response, and answers stated in plain words. */
#include "lib/score/answer.h"

#include <string.h>

void
answer_reset(struct answer *a, size_t length)
{
	a->found = 0;
	buffer_clear(&a->text);
	a->at = length;
}

int
answer_set(struct answer *a, struct span text, size_t at, struct error *err)
{
	buffer_clear(&a->text);
	if (buffer_add(&a->text, text.data, text.length) != 0)
		return error_set(err, STATUS_INTERNAL, "out of memory");
	a->found = 1;
	a->at = at;
	return 0;
}

/* The end of the statement: a full stop that ends a word, or the line. */
static struct span
sentence(struct span s)
{
	size_t i;

	s = span_line(s);
	for (i = 0; i < s.length; i++)
		if ((s.data[i] == '.' || s.data[i] == ';') &&
		    (i + 1 == s.length || s.data[i + 1] == ' '))
			return span_slice(s, 0, i);
	return s;
}

struct span
answer_stated(struct span final, size_t *from)
{
	static const char *const leads[] = {"answer is", "answer:",
	    "answer**:", "answer:**"};
	struct span s, none = {NULL, 0};
	size_t i, at, best = SPAN_NONE, end = 0;

	for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		at = span_find_last_nocase(final, leads[i]);
		if (at != SPAN_NONE && (best == SPAN_NONE || at > best ||
		    (at == best && at + strlen(leads[i]) > end))) {
			best = at;
			end = at + strlen(leads[i]);
		}
	}
	if (best == SPAN_NONE)
		return none;
	*from = best;
	s = span_trim(span_slice(final, end, final.length));
	s = sentence(span_strip(s, ": \t\n"));
	s = span_trim(span_strip(s, " \t*`"));
	if (s.length == 0 || span_begins_nocase(s, "not ") ||
	    span_begins_nocase(s, "n't"))
		return none;
	return s;
}
