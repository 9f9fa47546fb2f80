/* Multiple choice. */
#include "lib/score/choice.h"

#include <ctype.h>

#include "lib/score/exact.h"
#include "lib/score/statement.h"
#include "lib/score/think.h"

#define ANOTHER '?'

static int
is_letter(char c)
{
	return c >= 'A' && c <= 'J';
}

/* Whether another option is named in ${s}: "(C)", or a letter by itself. */
static int
names_another(struct span s)
{
	size_t i;

	for (i = 0; i < s.length; i++)
		if (is_letter(s.data[i]) && s.data[i] != 'I' &&
		    (i == 0 || !isalnum((unsigned char)s.data[i - 1])) &&
		    (i + 1 == s.length ||
		    !isalnum((unsigned char)s.data[i + 1])))
			return 1;
	return 0;
}

/* The letter that ${s} begins with; NUL, or ANOTHER where it names two. */
static char
letter(struct span s)
{
	static const char *const wraps[] = {"\\text{", "\\textbf{",
	    "\\mathrm{", "\\mathbf{", "\\textrm{"};
	int open;
	size_t i;
	char c;

	s = span_strip(s, " \t\n*$`");
	for (i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++)
		if (span_begins(s, wraps[i]))
			s = span_trim(span_slice(s,
			    span_find(s, "{") + 1, s.length));
	open = span_begins(s, "(");
	if (open)
		s = span_trim(span_slice(s, 1, s.length));
	if (s.length == 0 || !is_letter(s.data[0]))
		return '\0';
	c = s.data[0];
	s = span_slice(s, 1, s.length);
	/* A letter alone, or one that is clearly an option's name. */
	if (open ? !span_begins(s, ")")
	         : s.length > 0 && !span_in(").:,}*$ \t\n", s.data[0]))
		return '\0';
	if (!open && s.length > 0 && span_in(" \t", s.data[0]) &&
	    span_trim(s).length > 0)
		return '\0'; /* "A train leaves" */
	return names_another(s) ? ANOTHER : c;
}

/* What the response answers, as it was written; 1, or 0 for none. */
static int
extract(struct span final, struct span *text, size_t *from,
    enum answer_how *how)
{
	int rc = exact_extract(final, text, from, how);
	enum answer_how stated;
	struct span value;
	size_t at;

	if (*how != ANSWER_WHOLE)
		return rc;
	if (statement_last(final, &value, &at, &stated) == ANSWER_OK) {
		*text = value;
		*from = at;
		*how = stated;
	} else if (stated != ANSWER_ABSENT) {
		*how = stated;
		return 0;
	}
	return 1;
}

int
choice_judge(struct span response, struct span gold, struct answer *a,
    struct error *err)
{
	struct span final = think_final(response), text;
	char truth = letter(gold), given;
	enum answer_status status = ANSWER_OK;
	enum answer_how how;
	size_t from;

	answer_reset(a, response.length);
	if (truth == '\0' || truth == ANOTHER)
		return error_set(err, STATUS_DATA,
		    "answer: not a letter from A to J");
	if (!extract(final, &text, &from, &how))
		return answer_none(a, how);
	given = letter(text);
	if (given == '\0' && how == ANSWER_WHOLE)
		return answer_none(a, ANSWER_ABSENT);
	if (given == '\0' || given == ANOTHER)
		status = given == ANOTHER ? ANSWER_AMBIGUOUS
		                          : ANSWER_UNPARSABLE;
	else
		text = (struct span){&given, 1};
	if (answer_set(a, text, (size_t)(final.data - response.data) + from,
	    how, status, err) != 0)
		return -1;
	return given == truth;
}
