/* The last \boxed{...}. */
#include "lib/score/boxed.h"

#include <ctype.h>
#include <string.h>

/* The last ${command} that is not the beginning of a longer name. */
static size_t
command_last(struct span text, const char *command)
{
	size_t at, n = strlen(command);

	while ((at = span_find_last(text, command)) != SPAN_NONE) {
		if (at + n == text.length ||
		    !isalpha((unsigned char)text.data[at + n]))
			return at;
		text.length = at;
	}
	return SPAN_NONE;
}

static int
braced(struct span s, struct span *content)
{
	size_t i, depth = 0;

	for (i = 0; i < s.length; i++) {
		if (s.data[i] == '\\') {
			i++;
		} else if (s.data[i] == '{') {
			depth++;
		} else if (s.data[i] == '}' && --depth == 0) {
			*content = span_slice(s, 1, i);
			return 1;
		}
	}
	return -1;
}

int
boxed_last(struct span text, struct span *content, size_t *from)
{
	size_t box = command_last(text, "\\boxed");
	size_t fbox = command_last(text, "\\fbox");
	size_t at = box, n = strlen("\\boxed");
	struct span rest;

	if (fbox != SPAN_NONE && (box == SPAN_NONE || fbox > box)) {
		at = fbox;
		n = strlen("\\fbox");
	}
	if (at == SPAN_NONE)
		return 0;
	*from = at;
	rest = span_slice(text, at + n, text.length);
	while (rest.length > 0 && span_in(" \t\n", rest.data[0]))
		rest = span_slice(rest, 1, rest.length);
	if (rest.length > 0 && rest.data[0] == '{')
		return braced(rest, content);
	for (n = 0; n < rest.length && !span_in(" \t\n$", rest.data[n]);)
		n++;
	*content = span_slice(rest, 0, n);
	return n > 0 ? 1 : -1;
}
