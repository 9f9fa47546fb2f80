/* The grammar's middle: sums, products, powers, functions. */
#include "lib/score/mathgrammar.h"

#include "lib/score/mathword.h"

/* -a, the sign going into numbers and past units. */
static struct mathnode *
negative(struct mathgrammar *g, struct mathnode *a)
{
	struct mathnode *inner;

	if (a == NULL)
		return NULL;
	if (a->kind == NODE_NUMBER) {
		fmpq_neg(a->value, a->value);
		return a;
	}
	if (a->kind == NODE_QUANTITY || a->kind == NODE_PERCENT) {
		inner = negative(g, a->child);
		if (inner == NULL)
			return NULL;
		a->child = a->last = inner;
		inner->next = NULL;
		return a;
	}
	return mathnode_new(g->w, NODE_NEGATIVE, a, NULL);
}

static struct mathnode *
plus_minus(struct mathgrammar *g, struct mathnode *a, char sign)
{
	struct mathnode *n;

	if (a == NULL)
		return NULL;
	if (g->choices == 8)
		return mathgrammar_fail(g);
	n = mathnode_new(g->w, NODE_PM, a, NULL);
	if (n != NULL) {
		n->sign = sign == SIGN_PM ? '+' : '-';
		n->id = (int)g->choices++;
	}
	return n;
}

/*
 * ${n} with the unit of its last child for all of it, if the others have none
 * or, in a sum, the same: "480 + 480 feet", "3 m + 2 m".
 */
static struct mathnode *
hoist(struct mathnode *n)
{
	struct mathnode *last = n->last, *c;
	struct mathnode *inner;

	if (last->kind != NODE_QUANTITY)
		return n;
	for (c = n->child; c != last; c = c->next)
		if (c->kind == NODE_QUANTITY && (n->kind != NODE_SUM ||
		    !mathunit_same(c->unit, last->unit)))
			return n;
	inner = last->child;
	for (c = n->child; c != last; c = c->next) {
		if (c->kind == NODE_QUANTITY) {
			struct mathnode *next = c->next, *in = c->child;

			*c = *in;
			c->next = next;
		}
	}
	/* The last child's node becomes the quantity of the whole. */
	if (n->child == last) {
		n->child = inner;
	} else {
		for (c = n->child; c->next != last; c = c->next)
			;
		c->next = inner;
	}
	n->last = inner;
	inner->next = NULL;
	last->child = last->last = n;
	n->next = NULL;
	return last;
}

static struct mathnode *
signed_factor(struct mathgrammar *g)
{
	if (mathgrammar_take(g, '-'))
		return negative(g, mathgrammar_factor(g));
	mathgrammar_take(g, '+');
	return mathgrammar_factor(g);
}

int
mathgrammar_begins(const struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);

	switch (t->kind) {
	case TOKEN_LETTER:
		return !g->units || mathunit_known(t->text) == NULL;
	case TOKEN_OPEN:
	case TOKEN_FUNCTION:
		return 1;
	case TOKEN_COMMAND:
		return t->id != COMMAND_FINISH && t->id != COMMAND_OVER &&
		    t->id != COMMAND_CHOOSE;
	case TOKEN_SIGN:
		if (t->c == '|')
			return g->bars == 0 && t->side != 2;
		return span_in("(p8fk", t->c);
	default:
		return 0;
	}
}

static struct mathnode *
multiply(struct mathgrammar *g, struct mathnode *a, struct mathnode *b)
{
	if (a == NULL || b == NULL)
		return NULL;
	if (a->kind == NODE_PRODUCT && !a->closed) {
		mathnode_add(a, b);
		return a;
	}
	return mathnode_new(g->w, NODE_PRODUCT, a, b);
}

struct mathnode *
mathgrammar_quotient(struct mathgrammar *g, struct mathnode *a,
    struct mathnode *b)
{
	struct mathnode *n;

	if (a->kind != NODE_QUANTITY || b->kind == NODE_QUANTITY)
		return mathnode_new(g->w, NODE_QUOTIENT, a, b);
	if ((n = mathnode_new(g->w, NODE_QUOTIENT, a->child, b)) == NULL)
		return NULL;
	a->child = a->last = n;
	return a;
}

static struct mathnode *
product(struct mathgrammar *g)
{
	struct mathnode *a = signed_factor(g), *b;

	while (a != NULL) {
		if (mathwork_spend(g->w, 1) != 0)
			return NULL;
		if (mathgrammar_take(g, '*')) {
			a = multiply(g, a, signed_factor(g));
		} else if (mathgrammar_take(g, '/')) {
			b = signed_factor(g);
			a = b == NULL ? NULL : mathgrammar_quotient(g, a, b);
		} else if (g->digit == 0 && (mathgrammar_begins(g) ||
		    (a->kind == NODE_I && !a->closed && /* "3 + i4" */
		    mathgrammar_peek(g, 0)->kind == TOKEN_DIGITS))) {
			a = multiply(g, a, mathgrammar_factor(g));
		} else {
			if (a->kind == NODE_PRODUCT && !a->closed)
				a = hoist(a);
			return mathgrammar_unit(g, a);
		}
	}
	return NULL;
}

/* A term with its sign, any of + - pm mp. */
static struct mathnode *
term(struct mathgrammar *g, char sign)
{
	struct mathnode *a = product(g);

	if (sign == SIGN_PM || sign == SIGN_MP)
		return plus_minus(g, a, sign);
	return sign == '-' ? negative(g, a) : a;
}

static char
sum_sign(struct mathgrammar *g)
{
	static const char signs[] = {'+', '-', SIGN_PM, SIGN_MP};
	size_t i;

	for (i = 0; i < sizeof(signs); i++)
		if (mathgrammar_take(g, signs[i]))
			return signs[i];
	return '\0';
}

struct mathnode *
mathgrammar_sum(struct mathgrammar *g)
{
	struct mathnode *a, *b, *sum = NULL;
	char sign;

	if (mathgrammar_enter(g) != 0)
		return NULL;
	a = term(g, sum_sign(g));
	while (a != NULL && g->digit == 0 && (sign = sum_sign(g)) != '\0') {
		b = term(g, sign);
		if (b == NULL)
			return NULL;
		if (sum == NULL)
			a = sum = mathnode_new(g->w, NODE_SUM, a, b);
		else
			mathnode_add(sum, b);
	}
	g->depth--;
	return a != NULL && a == sum ? hoist(sum) : a;
}

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
	b = mathgrammar_argument(g);
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
		} else if (mathgrammar_take(g, '!')) {
			a = mathnode_new(g->w, NODE_FACTORIAL, a, NULL);
		} else if (mathgrammar_take(g, '%')) {
			a = mathnode_new(g->w, NODE_PERCENT, a, NULL);
		} else {
			break;
		}
	}
	g->depth = depth;
	return a;
}
