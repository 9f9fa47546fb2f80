/* The bases of numerals. */
#include "lib/score/mathgrammar.h"

#include <ctype.h>

#include "lib/score/mathword.h"

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

int
mathgrammar_lettered(const struct mathgrammar *g)
{
	size_t n = 0, length = 0, i;
	int base, letters = 0;
	const struct mathtoken *t;

	for (;; n++) {
		t = mathgrammar_peek(g, n);
		if ((t->kind != TOKEN_LETTER && t->kind != TOKEN_DIGITS &&
		    t->kind != TOKEN_TEXT) || (n > 0 && t->space))
			break;
		if (t->kind == TOKEN_DIGITS)
			length += t->text.length;
		for (i = 0; t->kind != TOKEN_DIGITS && i < t->text.length; i++)
			if (!isupper((unsigned char)t->text.data[i]))
				return 0;
			else
				letters = 1, length++;
	}
	return letters && length > 1 && mathgrammar_base(g, n, &base) > 0 &&
	    base > 10;
}
