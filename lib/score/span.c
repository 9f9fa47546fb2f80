/* Pieces of text by place and length. */
#include "lib/score/span.h"

#include <string.h>
#include <strings.h>

struct span
span_of(const char *s)
{
	return (struct span){s, strlen(s)};
}

struct span
span_slice(struct span s, size_t from, size_t to)
{
	/* A span of nothing may have no place: NULL + 0 is undefined. */
	return (struct span){from > 0 ? s.data + from : s.data, to - from};
}

struct span
span_trim(struct span s)
{
	return span_strip(s, " \t\r\n\v\f");
}

struct span
span_strip(struct span s, const char *set)
{
	while (s.length > 0 && span_in(set, s.data[0])) {
		s.data++;
		s.length--;
	}
	while (s.length > 0 && span_in(set, s.data[s.length - 1]))
		s.length--;
	return s;
}

struct span
span_line(struct span s)
{
	const char *end = s.length ? memchr(s.data, '\n', s.length) : NULL;

	if (end != NULL)
		s.length = (size_t)(end - s.data);
	return s;
}

int
span_equal(struct span a, struct span b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

int
span_is(struct span s, const char *text)
{
	return span_equal(s, span_of(text));
}

int
span_begins(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.length >= n && (n == 0 || memcmp(s.data, prefix, n) == 0);
}

int
span_begins_nocase(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.length >= n && strncasecmp(s.data, prefix, n) == 0;
}

size_t
span_find(struct span s, const char *needle)
{
	const char *p = s.length == 0
	    ? NULL
	    : memmem(s.data, s.length, needle, strlen(needle));

	return p == NULL ? SPAN_NONE : (size_t)(p - s.data);
}

static size_t
find_last(struct span s, const char *needle,
    int (*begins)(struct span, const char *))
{
	size_t i;

	for (i = s.length; i-- > 0;)
		if (begins(span_slice(s, i, s.length), needle))
			return i;
	return SPAN_NONE;
}

size_t
span_find_last(struct span s, const char *needle)
{
	return find_last(s, needle, span_begins);
}

size_t
span_find_last_nocase(struct span s, const char *needle)
{
	return find_last(s, needle, span_begins_nocase);
}

int
span_in(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

size_t
span_minus(struct span s)
{
	if (span_begins(s, "-"))
		return 1;
	return span_begins(s, "\xe2\x88\x92") ? 3 : 0;
}
