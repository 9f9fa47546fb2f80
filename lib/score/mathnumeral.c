/* Numbers as they are written: decimal, repeating, mixed, in a base. */
#include "lib/score/mathgrammar.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/mathword.h"

#define DIGITS 10000 /* the most that a number has */

struct digits {
	char *text;
	size_t length, room;
	size_t whole;  /* digits before the point */
	size_t repeat; /* digits at the end that repeat */
	int base;
};

static int
append(struct mathgrammar *g, struct digits *d, struct span s)
{
	if (d->length + s.length > DIGITS)
		return mathwork_fail(g->w, MATHWORK_OVER);
	if (mathwork_spend(g->w, s.length) != 0)
		return -1;
	if (d->length + s.length > d->room) {
		size_t room = d->length + s.length + 24;
		char *text;

		if (d->text != NULL)
			room = DIGITS;
		if ((text = mathwork_alloc(g->w, room)) == NULL)
			return -1;
		if (d->text != NULL)
			memcpy(text, d->text, d->length);
		d->text = text;
		d->room = room;
	}
	memcpy(d->text + d->length, s.data, s.length);
	d->length += s.length;
	return 0;
}

static int
three(const struct mathgrammar *g, size_t ahead)
{
	const struct mathtoken *t = mathgrammar_peek(g, ahead);

	return t->kind == TOKEN_DIGITS && t->text.length == 3;
}

static int
digits_at(const struct mathgrammar *g, size_t ahead)
{
	return mathgrammar_peek(g, ahead)->kind == TOKEN_DIGITS;
}

/*
 * How many groups of three follow the first digits, with the commas or blanks
 * that separate thousands; ${step} gets the tokens a group.  A bare comma does
 * so only outside brackets, without a blank, and if no other comma disagrees.
 */
static size_t
groups(const struct mathgrammar *g, struct span first, size_t *step)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	size_t n = 0;
	int tight;

	*step = 2;
	if (first.length == 0 || first.length > 3)
		return 0;
	if (three(g, 0) && t->space) {
		*step = 1;
		while (three(g, n) && mathgrammar_peek(g, n)->space)
			n++;
		return mathgrammar_sign(g, n, '/') || digits_at(g, n) ? 0 : n;
	}
	for (; mathwork_spend(g->w, 1) == 0; n++) {
		t = mathgrammar_peek(g, 2 * n);
		if (!mathgrammar_sign(g, 2 * n, ',') ||
		    !digits_at(g, 2 * n + 1))
			return n;
		tight = t->tight;
		if (!tight && (g->closed > 0 || first.data[0] == '0' ||
		    t->space || mathgrammar_peek(g, 2 * n + 1)->space))
			return tight || n == 0 ? n : 0;
		if (!three(g, 2 * n + 1))
			return 0;
	}
	return 0;
}

static int
whole(struct mathgrammar *g, struct digits *d)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	struct span first = {NULL, 0};
	size_t n, step;

	if (t->kind == TOKEN_DIGITS) {
		first = span_slice(t->text, g->digit, t->text.length);
		g->digit = 0;
		g->at++;
		if (append(g, d, first) != 0)
			return -1;
		for (n = groups(g, first, &step); n > 0; n--) {
			g->at += step - 1;
			if (append(g, d, mathgrammar_peek(g, 0)->text) != 0)
				return -1;
			g->at++;
		}
	}
	d->whole = d->length;
	return 0;
}

/* "0.1666...": the period that the last digits show at least twice (a single
 * digit three times). */
static size_t
period(const struct digits *d)
{
	size_t n = d->length - d->whole, p, i;

	for (p = 1; p <= 20 && (p == 1 ? 3 : 2 * p) <= n; p++) {
		size_t last = d->length - 1, span = p == 1 ? 2 : p;

		for (i = 0; i < span; i++)
			if (d->text[last - i] != d->text[last - i - p])
				break;
		if (i == span)
			return p;
	}
	return 0;
}

/* \overline{27}: the digits that repeat. */
static int
repeating(struct mathgrammar *g, struct digits *d)
{
	size_t open = mathgrammar_peek(g, 1)->kind == TOKEN_OPEN;
	const struct mathtoken *t = mathgrammar_peek(g, 1 + open);
	struct span s = t->text;

	if (t->kind != TOKEN_DIGITS ||
	    (open && mathgrammar_peek(g, 3)->kind != TOKEN_CLOSE))
		return mathwork_fail(g->w, MATHWORK_UNREADABLE);
	g->at += 2 + 2 * open;
	if (!open && s.length > 1)
		return mathwork_fail(g->w, MATHWORK_UNREADABLE);
	d->repeat = s.length;
	return append(g, d, s);
}

static int
fraction(struct mathgrammar *g, struct digits *d)
{
	const struct mathtoken *t = mathgrammar_peek(g, 1);
	int over = t->kind == TOKEN_COMMAND && t->id == COMMAND_OVERLINE;

	if (!mathgrammar_sign(g, 0, '.') || (t->kind != TOKEN_DIGITS && !over))
		return d->length > 0 ? 0
		    : mathwork_fail(g->w, MATHWORK_UNREADABLE);
	g->at++;
	if (t->kind == TOKEN_DIGITS) {
		if (append(g, d, t->text) != 0)
			return -1;
		g->at++;
		t = mathgrammar_peek(g, 0);
		over = t->kind == TOKEN_COMMAND && t->id == COMMAND_OVERLINE;
		if (mathgrammar_sign(g, 0, SIGN_DOTS)) {
			g->at++;
			d->repeat = period(d);
			return d->repeat > 0 ? 0
			    : mathwork_fail(g->w, MATHWORK_UNREADABLE);
		}
	}
	return over ? repeating(g, d) : 0;
}

/* Set ${q} to the digits' value.  d + r/(b^k (b^p - 1)) where p repeat. */
static int
evaluate(struct mathgrammar *g, const struct digits *d, fmpq *q)
{
	fmpz *top = fmpq_numref(q), *bottom = fmpq_denref(q);
	size_t n = d->length - d->repeat, i;
	fmpz_t all;

	for (i = 0; i < d->length; i++)
		if (mathgrammar_digit(d->text[i]) >= d->base)
			return mathwork_fail(g->w, MATHWORK_UNREADABLE);
	if (d->length <= 17 && d->base == 10 && d->repeat == 0) {
		ulong v = 0;

		for (i = 0; i < d->length; i++)
			v = 10 * v + (ulong)(d->text[i] - '0');
		fmpz_set_ui(top, v);
	} else {
		fmpz_set_str(top, d->text, d->base);
	}
	if (n > d->whole || d->repeat > 0) {
		fmpz_init(all);
		fmpz_set_ui(bottom, (ulong)d->base);
		fmpz_pow_ui(bottom, bottom, d->length - d->whole);
		if (d->repeat > 0) {
			/* all - all without the period, over b^(k+p) - b^k */
			d->text[n] = '\0';
			if (n > 0)
				fmpz_set_str(all, d->text, d->base);
			fmpz_sub(top, top, all);
			fmpz_set_ui(all, (ulong)d->base);
			fmpz_pow_ui(all, all, n - d->whole);
			fmpz_sub(bottom, bottom, all);
		}
		fmpz_clear(all);
		fmpq_canonicalise(q);
	}
	return 0;
}

/* "2e5" where no blank is; 2e-5 is a difference. */
static int
exponent(struct mathgrammar *g, fmpq *q)
{
	const struct mathtoken *e = mathgrammar_peek(g, 0);
	const struct mathtoken *t = mathgrammar_peek(g, 1);
	int power = 0;
	size_t i;
	fmpz_t ten;

	if (e->kind != TOKEN_LETTER || e->space || t->kind != TOKEN_DIGITS ||
	    t->space || (!span_is(e->text, "e") && !span_is(e->text, "E")))
		return 0;
	if (t->text.length > 3)
		return mathwork_fail(g->w, MATHWORK_OVER);
	for (i = 0; i < t->text.length; i++)
		power = 10 * power + (t->text.data[i] - '0');
	g->at += 2;
	fmpz_init_set_ui(ten, 10);
	fmpz_pow_ui(ten, ten, (ulong)power);
	fmpq_mul_fmpz(q, q, ten);
	fmpz_clear(ten);
	return 0;
}

static int
integer(const struct mathnode *n)
{
	return n->kind == NODE_NUMBER && fmpz_is_one(fmpq_denref(n->value)) &&
	    fmpz_sgn(fmpq_numref(n->value)) > 0;
}

/* The proper fraction behind an integer: 2\frac38, "2 3/8". */
static struct mathnode *
mixed(struct mathgrammar *g, struct mathnode *n)
{
	struct mathgrammar before = *g;
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	const struct mathtoken *next = mathgrammar_peek(g, 1);
	struct mathnode *f, *a, *b;
	fmpq_t part;

	if (t->kind == TOKEN_COMMAND && t->id == COMMAND_FRAC &&
	    (next->kind == TOKEN_DIGITS || next->kind == TOKEN_OPEN)) {
		g->at++;
		if (next->kind == TOKEN_OPEN && !digits_at(g, 1))
			goto none;
		if ((a = mathgrammar_argument(g)) == NULL ||
		    (b = mathgrammar_argument(g)) == NULL)
			return NULL;
	} else if (t->kind == TOKEN_DIGITS && t->space &&
	    mathgrammar_sign(g, 1, '/') && digits_at(g, 2)) {
		if ((a = mathgrammar_numeral(g)) == NULL)
			return NULL;
		g->at++;
		if ((b = mathgrammar_numeral(g)) == NULL)
			return NULL;
	} else {
		return n;
	}
	if (!integer(a) || !integer(b) || fmpq_cmp(a->value, b->value) >= 0)
		goto none;
	fmpq_init(part);
	fmpq_div(part, a->value, b->value);
	if ((f = mathnode_new(g->w, NODE_NUMBER, NULL, NULL)) != NULL)
		fmpq_add(f->value, n->value, part);
	fmpq_clear(part);
	return f;
none:
	*g = before;
	return n;
}

/* The digits as they stand before the base, in capitals. */
static int
spelling(struct mathgrammar *g, const struct digits *d, struct span *s)
{
	char *text = mathwork_alloc(g->w, d->length + 1);
	size_t i;

	if (text == NULL)
		return -1;
	*s = (struct span){text, d->length + (d->length > d->whole)};
	for (i = 0; i < d->whole; i++)
		text[i] = (char)toupper((unsigned char)d->text[i]);
	if (d->length > d->whole) {
		text[d->whole] = '.';
		memcpy(text + d->whole + 1, d->text + d->whole,
		    d->length - d->whole);
	}
	return 0;
}

struct mathnode *
mathgrammar_numeral(struct mathgrammar *g)
{
	struct digits d = {.base = 10};
	struct mathnode *n = mathnode_new(g->w, NODE_NUMBER, NULL, NULL);
	size_t suffix, tokens = mathgrammar_based(g), open;
	int base;

	if (n == NULL)
		return NULL;
	if (tokens > 0) {
		open = mathgrammar_peek(g, 0)->kind == TOKEN_OPEN ||
		    mathgrammar_sign(g, 0, '(');
		for (g->at += open; tokens > 0; tokens--, g->at++)
			if (append(g, &d, mathgrammar_peek(g, 0)->text) != 0)
				return NULL;
		g->at += open;
		d.whole = d.length;
	} else if (whole(g, &d) != 0 || fraction(g, &d) != 0) {
		return NULL;
	}
	suffix = mathgrammar_base(g, 0, &base);
	g->at += suffix;
	if (suffix > 0) {
		d.base = base;
		n->kind = NODE_BASED;
		n->id = base;
		if (spelling(g, &d, &n->name) != 0)
			return NULL;
	}
	if (evaluate(g, &d, n->value) != 0 || (suffix == 0 &&
	    exponent(g, n->value) != 0))
		return NULL;
	return suffix == 0 && d.length == d.whole ? mixed(g, n) : n;
}
