/* Canonical numbers, tuples, sets and lists of flattened LaTeX. */
#include "lib/score/mathvalue.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/score/decimal.h"

#define DEPTH 16
#define DIGITS 18 /* what an int64_t surely holds */
#define PARTS 1024

struct fraction {
	int64_t top, bottom;
};

static int write_at(struct span flat, size_t depth, struct buffer *out);

static int64_t
gcd(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t r = a % b;

		a = b;
		b = r;
	}
	return a < 0 ? -a : a;
}

/* top / bottom, reduced; 0 when it does not fit. */
static int
reduce(__int128 top, __int128 bottom, struct fraction *f)
{
	const __int128 limit = INT64_MAX;
	int64_t g;

	if (bottom == 0 || top > limit || top < -limit || bottom > limit ||
	    bottom < -limit)
		return 0;
	if (bottom < 0) {
		top = -top;
		bottom = -bottom;
	}
	g = gcd((int64_t)top, (int64_t)bottom);
	f->top = (int64_t)top / g;
	f->bottom = (int64_t)bottom / g;
	return 1;
}

static int
power_of_ten(size_t n, int64_t *p)
{
	if (n > DIGITS)
		return 0;
	for (*p = 1; n > 0; n--)
		*p *= 10;
	return 1;
}

/* A canonical decimal as a fraction; 0 when it has too many digits. */
static int
from_decimal(const char *s, struct fraction *f)
{
	int negative = *s == '-';
	int64_t value = 0, scale = 1;
	size_t digits = 0;
	int point = 0;

	for (s += negative; *s != '\0'; s++) {
		if (*s == '.') {
			point = 1;
			continue;
		}
		if (++digits > DIGITS)
			return 0;
		value = value * 10 + (*s - '0');
		if (point)
			scale *= 10;
	}
	return reduce(negative ? -value : value, scale, f);
}

/* "{A}" at the beginning: its content, and what follows. */
static int
braces(struct span *s, struct span *content)
{
	size_t n = span_find(*s, "}");

	if (!span_begins(*s, "{") || n == SPAN_NONE)
		return 0;
	*content = span_slice(*s, 1, n);
	*s = span_slice(*s, n + 1, s->length);
	return 1;
}

/* The whole of ${s} as a decimal; 1, 0 or -1.  ${text} is scratch. */
static int
plain(struct span s, struct buffer *text, struct fraction *f)
{
	int rc = decimal_canonical(s, text);

	return rc == 1 ? from_decimal(text->data, f) : rc;
}

/* "\frac{A}{B}" with A and B decimals, or "A/B". */
static int
quotient(struct span s, struct buffer *text, struct fraction *f)
{
	struct span top, bottom;
	struct fraction a, b;
	size_t slash;
	int rc;

	if (span_begins(s, "\\frac")) {
		s = span_slice(s, 5, s.length);
		if (!braces(&s, &top) || !braces(&s, &bottom) || s.length > 0)
			return 0;
	} else {
		slash = span_find(s, "/");
		if (slash == SPAN_NONE)
			return 0;
		top = span_slice(s, 0, slash);
		bottom = span_slice(s, slash + 1, s.length);
	}
	if ((rc = plain(top, text, &a)) != 1 ||
	    (rc = plain(bottom, text, &b)) != 1)
		return rc;
	return reduce((__int128)a.top * b.bottom,
	    (__int128)a.bottom * b.top, f);
}

/* "A\cdot10^{B}", A a decimal. */
static int
scientific(struct span s, struct buffer *text, struct fraction *f)
{
	size_t at = span_find(s, "\\cdot10^");
	struct span power, rest;
	int64_t scale;
	int rc, minus;

	if (at == SPAN_NONE)
		return 0;
	rest = span_slice(s, at + strlen("\\cdot10^"), s.length);
	if (!braces(&rest, &power)) {
		power = rest;
		rest.length = 0;
	}
	minus = span_begins(power, "-");
	power = span_slice(power, (size_t)minus, power.length);
	if (rest.length > 0 || power.length == 0 || power.length > 2 ||
	    !isdigit((unsigned char)power.data[0]) ||
	    !isdigit((unsigned char)power.data[power.length - 1]))
		return 0;
	at = (size_t)strtoul((char[3]){power.data[0],
	    power.length > 1 ? power.data[1] : '\0', '\0'}, NULL, 10);
	if ((rc = plain(span_slice(s, 0, span_find(s, "\\cdot")), text,
	    f)) != 1)
		return rc;
	if (!power_of_ten(at, &scale))
		return 0;
	return minus ? reduce(f->top, (__int128)f->bottom * scale, f)
	             : reduce((__int128)f->top * scale, f->bottom, f);
}

/* "2\frac{3}{8}": as in school, two and three eighths. */
static int
mixed(struct span s, struct buffer *text, struct fraction *f)
{
	size_t at = span_find(s, "\\frac"), i;
	struct fraction whole;
	int rc;

	if (at == SPAN_NONE || at == 0)
		return 0;
	for (i = at; i < s.length; i++) /* no sign inside the fraction */
		if (s.data[i] == '-' || s.data[i] == '.')
			return 0;
	for (i = 0; i < at; i++)
		if (!isdigit((unsigned char)s.data[i]))
			return 0;
	if ((rc = plain(span_slice(s, 0, at), text, &whole)) != 1 ||
	    (rc = quotient(span_slice(s, at, s.length), text, f)) != 1)
		return rc;
	return reduce((__int128)whole.top * f->bottom + f->top, f->bottom, f);
}

/* The whole of ${s} as one number; 1, 0 or -1. */
static int
number(struct span s, struct fraction *f)
{
	struct buffer text = {0};
	int rc, negative = 0;

	if (s.length > 0 && span_in("+-", s.data[0])) {
		negative = s.data[0] == '-';
		s = span_slice(s, 1, s.length);
		if (s.length > 0 && span_in("+-", s.data[0]))
			return 0;
	}
	if ((rc = plain(s, &text, f)) == 0 &&
	    (rc = quotient(s, &text, f)) == 0 &&
	    (rc = scientific(s, &text, f)) == 0)
		rc = mixed(s, &text, f);
	if (rc == 1 && negative)
		f->top = -f->top;
	buffer_free(&text);
	return rc;
}

/* Where the next comma outside brackets is; the end when there is none. */
static size_t
comma(struct span s, size_t from)
{
	size_t i, depth = 0;

	for (i = from; i < s.length; i++) {
		if (span_in("([{", s.data[i]))
			depth++;
		else if (span_in(")]}", s.data[i]) && depth > 0)
			depth--;
		else if (s.data[i] == ',' && depth == 0)
			break;
	}
	return i;
}

static int
compare(const void *a, const void *b)
{
	const struct buffer *x = a, *y = b;
	size_t n = x->length < y->length ? x->length : y->length;
	int c = memcmp(x->data, y->data, n);

	return c != 0 ? c : (x->length > y->length) - (x->length < y->length);
}

/* Elements between commas, each canonical, in order or sorted. */
static int
elements(struct span s, int sorted, size_t depth, struct buffer *out)
{
	struct buffer *parts = calloc(PARTS, sizeof(*parts));
	size_t count = 0, at = 0, end, i;
	int rc = parts == NULL ? -1 : 0;

	while (rc >= 0 && at <= s.length && count < PARTS) {
		end = comma(s, at);
		if (buffer_reserve(&parts[count], 1) != 0)
			rc = -1;
		else
			rc = write_at(span_slice(s, at, end), depth,
			    &parts[count++]);
		at = end + 1;
	}
	if (rc >= 0 && at <= s.length) { /* too many to be an answer */
		rc = buffer_add(out, s.data, s.length);
		goto out;
	}
	if (rc >= 0 && sorted)
		qsort(parts, count, sizeof(*parts), compare);
	for (i = 0; rc >= 0 && i < count; i++)
		if ((i > 0 && buffer_add(out, ",", 1) != 0) ||
		    buffer_add(out, parts[i].data, parts[i].length) != 0)
			rc = -1;
out:
	for (i = 0; parts != NULL && i < count; i++)
		buffer_free(&parts[i]);
	free(parts);
	return rc < 0 ? -1 : 0;
}

/* Whether the bracket at the beginning is closed by the last byte. */
static int
encloses(struct span s)
{
	size_t i, depth = 0;

	for (i = 0; i < s.length; i++) {
		if (span_in("([{", s.data[i]))
			depth++;
		else if (span_in(")]}", s.data[i]) && depth > 0 && --depth == 0)
			return i + 1 == s.length;
	}
	return 0;
}

/* (a,b) [a,b) \{a,b\}: brackets and what is in them; 1 when it was that. */
static int
bracketed(struct span s, size_t depth, struct buffer *out, int *rc)
{
	size_t open = span_begins(s, "\\{") ? 2 : 1;
	size_t close = open == 2 && s.length >= 4 &&
	    s.data[s.length - 2] == '\\' ? 2 : 1;
	struct span in;

	if (s.length < open + close ||
	    (open == 1 && !span_in("([", s.data[0])) ||
	    (open == 2 && close == 1) || !encloses(s))
		return 0;
	in = span_slice(s, open, s.length - close);
	if (comma(in, 0) == in.length && s.data[0] == '(' &&
	    s.data[s.length - 1] == ')') {
		*rc = write_at(in, depth + 1, out);
		return 1;
	}
	*rc = buffer_add(out, s.data, open) != 0 ? -1
	    : elements(in, open == 2, depth + 1, out);
	if (*rc == 0)
		*rc = buffer_add(out, s.data + s.length - close, close);
	return 1;
}

static int
write_fraction(const struct fraction *f, struct buffer *out)
{
	char text[64];

	if (f->bottom == 1)
		snprintf(text, sizeof(text), "%" PRId64, f->top);
	else
		snprintf(text, sizeof(text), "%" PRId64 "/%" PRId64, f->top,
		    f->bottom);
	return buffer_add_string(out, text) == 0 ? 1 : -1;
}

/* A decimal too long for a fraction. */
static int
write_long(struct span s, struct buffer *out)
{
	struct buffer text = {0};
	int rc = decimal_canonical(s, &text);

	if (rc == 1 && buffer_add(out, text.data, text.length) != 0)
		rc = -1;
	buffer_free(&text);
	return rc;
}

static int
write_at(struct span s, size_t depth, struct buffer *out)
{
	struct fraction f;
	int rc = number(s, &f);

	if (rc == 1)
		return write_fraction(&f, out);
	if (rc == 0)
		rc = write_long(s, out);
	if (rc != 0)
		return rc;
	if (depth < DEPTH) {
		if (bracketed(s, depth, out, &rc))
			return rc;
		if (comma(s, 0) < s.length)
			return elements(s, 1, depth + 1, out);
	}
	if (s.length > 0 && s.data[0] == '+')
		s = span_slice(s, 1, s.length);
	return buffer_add(out, s.data, s.length);
}

int
mathvalue_write(struct span flat, unsigned divide, struct buffer *out)
{
	struct fraction f;
	int rc;

	if (divide == 1)
		return write_at(flat, 0, out);
	rc = number(flat, &f);
	if (rc == 1)
		rc = reduce(f.top, (__int128)f.bottom * divide, &f);
	return rc == 1 ? write_fraction(&f, out) : rc;
}
