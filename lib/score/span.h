#ifndef SCORE_SPAN_H
#define SCORE_SPAN_H

#include <stddef.h>

/*
 * A piece of text by place and length: it may hold any byte, NUL too, and is
 * not terminated.  `data` NULL means "there is none".  Spans borrow.
 */
struct span {
	const char *data;
	size_t length;
};

#define SPAN_NONE ((size_t)-1)

struct span span_of(const char *s);

/* The bytes [from, to) of ${s}. */
struct span span_slice(struct span s, size_t from, size_t to);

/* Without white space at both ends. */
struct span span_trim(struct span s);

/* Without leading and trailing bytes that are in ${set}. */
struct span span_strip(struct span s, const char *set);

/* Up to, and without, the first line feed. */
struct span span_line(struct span s);

int span_equal(struct span a, struct span b);
int span_is(struct span s, const char *text);
int span_begins(struct span s, const char *prefix);

/* As span_begins, ASCII letters in either case. */
int span_begins_nocase(struct span s, const char *prefix);

/* Where ${needle} occurs first or last; SPAN_NONE when nowhere. */
size_t span_find(struct span s, const char *needle);
size_t span_find_last(struct span s, const char *needle);
size_t span_find_last_nocase(struct span s, const char *needle);

/* Whether ${c} is one of the bytes of ${set}; NUL never is. */
int span_in(const char *set, char c);

/* The bytes of a Unicode or ASCII minus sign at the beginning; 0 when none. */
size_t span_minus(struct span s);

#endif
