/* Multiple choice. */
#include "lib/score/choice.h"

#include <ctype.h>

#include "lib/score/exact.h"
#include "lib/score/think.h"

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

/* The letter that ${s} begins with, or NUL. */
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
	return names_another(s) ? '\0' : c;
}

int
choice_judge(struct span response, struct span gold, struct answer *a,
    struct error *err)
{
	struct span final = think_final(response), text, stated;
	char truth = letter(gold), given;
	size_t from, at = 0;

	answer_reset(a, response.length);
	if (truth == '\0')
		return error_set(err, STATUS_DATA,
		    "answer: not a letter from A to J");
	if (!exact_extract(final, &text, &from))
		return 0;
	if (text.data == span_trim(final).data) {
		stated = answer_stated(final, &at);
		if (stated.data != NULL) {
			text = stated;
			from = at;
		}
	}
	given = letter(text);
	if (given == '\0')
		return 0;
	if (answer_set(a, (struct span){&given, 1},
	    (size_t)(final.data - response.data) + from, err) != 0)
		return -1;
	return given == truth;
}
