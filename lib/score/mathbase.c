/* The bases of numerals. */
#include "lib/score/mathgrammar.h"

#include <ctype.h>

#include "lib/score/mathword.h"

#define TOKENS 64 /* of a numeral in a base, at most */

/* The number that a subscript or word gives as a base; 0 for none. */
static int
base_of(struct span s)
{
	int base = 0;
	size_t i;

	for (i = 0; i < s.length && i < 3; i++) {
		if (!isdigit((unsigned char)s.data[i]))
			return mathword_number(s) > 0 ? mathword_number(s) : 0;
		base = 10 * base + (s.data[i] - '0');
	}
	return base >= 2 && base <= 36 ? base : 0;
}

size_t
mathgrammar_base(const struct mathgrammar *g, size_t ahead, int *base)
{
	size_t n = ahead, open;
	const struct mathtoken *t;

	if (mathgrammar_sign(g, n, '_')) {
		open = mathgrammar_peek(g, ++n)->kind == TOKEN_OPEN;
		t = mathgrammar_peek(g, n += open);
		if (t->kind == TOKEN_TEXT && mathword_same(span_trim(t->text),
		    span_of("base")))
			t = mathgrammar_peek(g, ++n);
		if (!open && t->kind == TOKEN_DIGITS && t->text.length > 1)
			return 0;
		*base = base_of(t->text);
		n += open;
		if (open && mathgrammar_peek(g, n)->kind != TOKEN_CLOSE)
			return 0;
		return *base > 0 ? n + 1 - ahead : 0;
	}
	open = (size_t)mathgrammar_sign(g, n, '(');
	t = mathgrammar_peek(g, n + open);
	if (t->kind != TOKEN_TEXT || !mathword_same(span_trim(t->text),
	    span_of("base")) ||
	    mathgrammar_peek(g, n + open + 1)->kind != TOKEN_DIGITS)
		return 0;
	*base = base_of(mathgrammar_peek(g, n + open + 1)->text);
	if (*base == 0 || (open && !mathgrammar_sign(g, n + 3, ')')))
		return 0;
	return 2 + 2 * open;
}

/* Whether ${s} could be digits; ${letters} and the largest one count up. */
static int
could_be_digits(struct span s, int *letters, int *lower, int *largest)
{
	size_t i;
	int value;

	for (i = 0; i < s.length; i++) {
		if (!isalnum((unsigned char)s.data[i]))
			return 0;
		value = mathgrammar_digit(s.data[i]);
		*letters += value > 9;
		*lower |= islower((unsigned char)s.data[i]) != 0;
		*largest = value > *largest ? value : *largest;
	}
	return 1;
}

int
mathgrammar_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
	    : toupper((unsigned char)c) - 'A' + 10;
}

size_t
mathgrammar_based(const struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	size_t open = t->kind == TOKEN_OPEN || mathgrammar_sign(g, 0, '(');
	size_t n, length = 0;
	int base, letters = 0, lower = 0, largest = 0;
	int round = t->kind == TOKEN_SIGN;

	for (n = open; n < TOKENS; n++) {
		t = mathgrammar_peek(g, n);
		if ((t->kind != TOKEN_LETTER && t->kind != TOKEN_DIGITS &&
		    t->kind != TOKEN_TEXT) || (n > open && t->space != 0 &&
		    (t->space != 2 || t->kind != TOKEN_DIGITS)))
			break;
		if (!could_be_digits(t->text, &letters, &lower, &largest))
			return 0;
		length += t->text.length;
	}
	/* A letter alone is a variable, and its subscript an index. */
	if (length == 0 || n == TOKENS || (letters && length == 1 && !open))
		return 0;
	if (open && (round ? !mathgrammar_sign(g, n, ')')
	    : mathgrammar_peek(g, n)->kind != TOKEN_CLOSE))
		return 0;
	if (mathgrammar_base(g, n + open, &base) == 0 || largest >= base ||
	    (lower && base != 16))
		return 0;
	return letters || open || n > 1 ? n - open : 0;
}
