/* Factors: what stands behind an atom: powers, factorials, degrees, primes. */
#include "lib/score/mathgrammar.h"

#include "lib/score/mathword.h"

/* ^\circ, with or without braces, a degree sign, or the word; its tokens, 0:
 * none. */
static size_t
degree_sign(const struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	size_t n = mathgrammar_sign(g, 0, '^'), open;

	if (t->kind == TOKEN_TEXT && (mathword_same(span_trim(t->text),
	    span_of("degrees")) || mathword_same(span_trim(t->text),
	    span_of("degree"))))
		return 1;

	open = n && mathgrammar_peek(g, 1)->kind == TOKEN_OPEN;
	if (mathgrammar_sign(g, n + open, SIGN_DEGREE) ||
	    (n && mathgrammar_sign(g, n + open, SIGN_CIRCLE))) {
		if (!open)
			return n + 1;
		if (mathgrammar_peek(g, 3)->kind == TOKEN_CLOSE)
			return 4;
	}
	return 0;
}

static struct mathnode *
degrees(struct mathgrammar *g, struct mathnode *a)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	struct mathnode *n = mathnode_new(g->w, NODE_QUANTITY, a, NULL);

	if (n == NULL)
		return NULL;
	n->unit = mathwork_alloc(g->w, sizeof(*n->unit));
	if (n->unit == NULL)
		return NULL;
	mathunit_add(n->unit, span_of("degree"), 1);
	if (t->kind == TOKEN_LETTER || t->kind == TOKEN_TEXT) {
		if (span_is(t->text, "F"))
			mathunit_add(n->unit, span_of("fahrenheit"), 1);
		else if (span_is(t->text, "C"))
			mathunit_add(n->unit, span_of("celsius"), 1);
		else
			return n;
		g->at++;
	}
	return n;
}

/* 5'6'': feet and inches, or minutes and seconds of arc. */
static struct mathnode *
primes(struct mathgrammar *g, struct mathnode *a)
{
	int two = mathgrammar_take(g, '"') || (mathgrammar_take(g, '\'') &&
	    mathgrammar_take(g, '\''));
	struct mathnode *n = mathnode_new(g->w, NODE_QUANTITY, a, NULL);

	if (n == NULL || (n->unit = mathwork_alloc(g->w,
	    sizeof(*n->unit))) == NULL)
		return NULL;
	mathunit_add(n->unit, span_of(two ? "doubleprime" : "prime"), 1);
	return n;
}

/* The "th" of 5^{th}: its tokens; 0: none. */
static size_t
ordinal(const struct mathgrammar *g)
{
	size_t open = mathgrammar_peek(g, 1)->kind == TOKEN_OPEN;
	const struct mathtoken *t = mathgrammar_peek(g, 1 + open);
	const char *name;

	if (t->kind != TOKEN_TEXT || (open &&
	    mathgrammar_peek(g, 3)->kind != TOKEN_CLOSE))
		return 0;
	name = mathunit_known(t->text);
	return name != NULL && span_is(span_of(name), "ordinal") ? 2 + 2 * open
	                                                         : 0;
}

static struct mathnode *
power(struct mathgrammar *g, struct mathnode *a)
{
	struct mathnode *b;
	size_t n = ordinal(g);

	if (n > 0) {
		g->at += n;
		return a;
	}
	g->at++;
	/* No digit's power is followed by decimals: "2^0.5". */
	b = mathgrammar_sign(g, 1, '.') &&
	    mathgrammar_peek(g, 0)->kind == TOKEN_DIGITS &&
	    mathgrammar_peek(g, 0)->text.length == 1 &&
	    mathgrammar_peek(g, 2)->kind == TOKEN_DIGITS
	    ? mathgrammar_numeral(g) : mathgrammar_argument(g);
	if (b == NULL || mathgrammar_sign(g, 0, '^'))
		return mathgrammar_fail(g); /* TeX refuses a^b^c too */
	return mathnode_new(g->w, NODE_POWER, a, b);
}

struct mathnode *
mathgrammar_factor(struct mathgrammar *g)
{
	struct mathnode *a;
	size_t n, depth = g->depth;

	if (mathgrammar_enter(g) != 0)
		return NULL;
	a = mathgrammar_atom(g);
	while (a != NULL && g->digit == 0) {
		if (mathgrammar_enter(g) != 0)
			return NULL;
		if ((n = degree_sign(g)) > 0) {
			g->at += n;
			a = degrees(g, a);
		} else if (mathgrammar_sign(g, 0, '^')) {
			a = power(g, a);
		} else if (mathgrammar_sign(g, 0, '*') &&
		    mathgrammar_sign(g, 1, '*')) {
			g->at++; /* x**2 */
			a = power(g, a);
		} else if (mathgrammar_take(g, '!')) {
			a = mathnode_new(g->w, NODE_FACTORIAL, a, NULL);
		} else if (mathgrammar_take(g, '%')) {
			a = mathnode_new(g->w, NODE_PERCENT, a, NULL);
		} else if (a->kind == NODE_NUMBER && !a->closed &&
		    (mathgrammar_sign(g, 0, '\'') ||
		    mathgrammar_sign(g, 0, '"'))) {
			a = primes(g, a);
		} else {
			break;
		}
	}
	g->depth = depth;
	return a;
}
