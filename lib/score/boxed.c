/* The last \boxed{...}. */
#include "lib/score/boxed.h"

#include <ctype.h>
#include <string.h>

/* Boxes inside one another; what has more is not an answer. */
#define NESTED 32

struct open {
	size_t from;  /* of its backslash */
	size_t begin; /* of its content */
	size_t depth; /* braces open around it */
};

struct scan {
	struct span text;
	struct open open[NESTED];
	size_t opened, depth;
	size_t from; /* of the box that closed last */
	struct span content;
	int found;
};

/* The length of a \boxed or \fbox that ${s} begins with; 0 for none. */
static size_t
command(struct span s)
{
	size_t n = span_begins(s, "\\boxed") ? strlen("\\boxed")
	    : span_begins(s, "\\fbox") ? strlen("\\fbox") : 0;

	return n < s.length && isalpha((unsigned char)s.data[n]) ? 0 : n;
}

/* The bytes of a content without braces that ${s} begins with. */
static size_t
bare(struct span s)
{
	size_t n, depth = 0;

	if (s.length > 1 && isalpha((unsigned char)s.data[0]) &&
	    isalpha((unsigned char)s.data[1]))
		return 0; /* a word: the command is only spoken of */
	for (n = 0; n < s.length; n++) {
		if (depth == 0 && (span_in(" \t\r\n$`", s.data[n]) ||
		    span_begins(span_slice(s, n, s.length), "\\)") ||
		    span_begins(span_slice(s, n, s.length), "\\]")))
			break;
		depth += s.data[n] == '{';
		if (s.data[n] == '}' && depth-- == 0)
			break;
	}
	while (n > 0 && span_in(".,;:!?", s.data[n - 1]))
		n--;
	return n;
}

static void
keep(struct scan *c, size_t from, size_t begin, size_t end)
{
	c->found = 1;
	c->from = from;
	c->content = span_slice(c->text, begin, end);
}

/* A box begins at ${i}, its command takes ${n} bytes.  The next place. */
static size_t
enter(struct scan *c, size_t i, size_t n)
{
	size_t at = i + n, length = c->text.length;

	while (at < length && span_in(" \t\r\n", c->text.data[at]))
		at++;
	if (at == length || c->text.data[at] == '{') {
		if (c->opened == NESTED)
			return length;
		c->open[c->opened++] = (struct open){i, at + 1, c->depth++};
		return at + 1;
	}
	n = bare(span_slice(c->text, at, length));
	if (n > 0)
		keep(c, i, at, at + n);
	return n > 0 ? at + n : at;
}

static void
leave(struct scan *c, size_t i)
{
	const struct open *top;

	if (c->depth > 0)
		c->depth--;
	top = c->opened > 0 ? &c->open[c->opened - 1] : NULL;
	if (top != NULL && top->depth == c->depth) {
		keep(c, top->from, top->begin, i);
		c->opened--;
	}
}

/* Whether the box that is still open is the last word. */
static int
unclosed(const struct scan *c)
{
	const struct open *top;

	if (c->opened == 0)
		return 0;
	top = &c->open[c->opened - 1];
	return !c->found || top->from > c->from || span_find(
	    span_slice(c->text, top->from, c->from), "\n\n") == SPAN_NONE;
}

/* Without the box that is all of ${s}. */
static struct span
peel(struct span s)
{
	struct span t;
	size_t i, begin, depth;
	int layer;

	for (layer = 0; layer < NESTED; layer++) {
		t = span_trim(s);
		i = command(t);
		while (i > 0 && i < t.length && span_in(" \t\r\n", t.data[i]))
			i++;
		if (i == 0 || i == t.length || t.data[i] != '{')
			break;
		begin = i + 1;
		for (depth = 0; i < t.length; i++) {
			depth += t.data[i] == '{';
			if (t.data[i] == '\\')
				i++;
			else if (t.data[i] == '}' && --depth == 0)
				break;
		}
		if (i + 1 != t.length)
			break;
		s = span_slice(t, begin, i);
	}
	return s;
}

int
boxed_last(struct span text, struct span *content, size_t *from)
{
	struct scan c = {.text = text};
	size_t i = span_find(text, "\\boxed"), f = span_find(text, "\\fbox");
	struct span rest;
	size_t n;

	for (i = i < f ? i : f; i < text.length; i++) {
		if (text.data[i] == '\\') {
			rest = span_slice(text, i, text.length);
			n = command(rest);
			if (n > 0)
				i = enter(&c, i, n) - 1;
			else if (!command(span_slice(rest, 1, rest.length)))
				i++;
		} else if (text.data[i] == '{') {
			c.depth += c.opened > 0;
		} else if (text.data[i] == '}') {
			leave(&c, i);
		}
	}
	if (unclosed(&c))
		return -1;
	if (!c.found)
		return 0;
	*content = peel(c.content);
	*from = c.from;
	return 1;
}
