/* The grammar's middle: sums and products. */
#include "lib/score/mathgrammar.h"

#include "lib/score/mathcompound.h"
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
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	struct span s = span_trim(t->text);
	int minus = t->kind == TOKEN_TEXT &&
	    mathgrammar_peek(g, 1)->kind != TOKEN_END &&
	    (mathword_same(s, span_of("negative")) ||
	    mathword_same(s, span_of("minus")));

	g->at += (size_t)minus;
	if (minus || mathgrammar_take(g, '-'))
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
		    t->id != COMMAND_CHOOSE && t->id != COMMAND_MOD &&
		    t->id != COMMAND_PMOD && !mathgrammar_unit_quotient(g);
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

/* "3x10^8": nobody writes a variable there. */
static int
times(const struct mathgrammar *g, const struct mathnode *a)
{
	const struct mathtoken *x = mathgrammar_peek(g, 0);
	const struct mathtoken *ten = mathgrammar_peek(g, 1);

	return a->kind == NODE_NUMBER && x->kind == TOKEN_LETTER &&
	    span_is(x->text, "x") && ten->kind == TOKEN_DIGITS &&
	    span_is(ten->text, "10") && mathgrammar_sign(g, 2, '^');
}

/* a - b floor(a / b) */
static struct mathnode *
residue_of(struct mathgrammar *g, struct mathnode *a, struct mathnode *b)
{
	struct mathnode *x, *y;

	if (b == NULL || (x = mathnode_copy(g->w, a)) == NULL ||
	    (y = mathnode_copy(g->w, b)) == NULL ||
	    (x = mathnode_new(g->w, NODE_QUOTIENT, x, y)) == NULL ||
	    (x = mathnode_new(g->w, NODE_FLOOR, x, NULL)) == NULL ||
	    (x = mathnode_new(g->w, NODE_PRODUCT, b, x)) == NULL ||
	    (x = mathnode_new(g->w, NODE_NEGATIVE, x, NULL)) == NULL)
		return NULL;
	return mathnode_new(g->w, NODE_SUM, a, x);
}

static int
command_next(const struct mathgrammar *g, int id)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);

	return t->kind == TOKEN_COMMAND && t->id == id;
}

static struct mathnode *
product(struct mathgrammar *g)
{
	struct mathnode *a = signed_factor(g), *b;

	while (a != NULL) {
		if (mathwork_spend(g->w, 1) != 0)
			return NULL;
		if (times(g, a)) {
			g->at++;
			a = multiply(g, a, mathgrammar_factor(g));
		} else if (command_next(g, COMMAND_MOD)) {
			g->at++;
			a = residue_of(g, a, signed_factor(g));
		} else if (mathgrammar_take(g, '*')) {
			a = multiply(g, a, signed_factor(g));
		} else if (a->kind == NODE_QUANTITY && !a->closed &&
		    mathgrammar_sign(g, 0, '/') &&
		    mathgrammar_peek(g, 1)->kind == TOKEN_TEXT) {
			return mathgrammar_unit(g, a); /* \$5/hour */
		} else if (mathgrammar_sign(g, 0, '/') ||
		    mathgrammar_ratio(g) == '/') {
			g->at++;
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

/* "3 hours 20 minutes": the next number adds to the amount before it. */
static int
goes_on(const struct mathgrammar *g, const struct mathnode *last)
{
	return last->kind == NODE_QUANTITY && !last->closed &&
	    mathgrammar_peek(g, 0)->kind == TOKEN_DIGITS;
}

struct mathnode *
mathgrammar_sum(struct mathgrammar *g)
{
	struct mathnode *a, *b, *last, *sum = NULL;
	char sign;

	if (mathgrammar_enter(g) != 0)
		return NULL;
	a = last = term(g, sum_sign(g));
	while (a != NULL && g->digit == 0 && ((sign = sum_sign(g)) != '\0' ||
	    goes_on(g, last))) {
		b = term(g, sign);
		if (b == NULL || (sign == '\0' && (b->kind != NODE_QUANTITY ||
		    !mathcompound_follows(last->unit, b->unit))))
			return mathgrammar_fail(g);
		last = b;
		if (sum == NULL)
			a = sum = mathnode_new(g->w, NODE_SUM, a, b);
		else
			mathnode_add(sum, b);
	}
	g->depth--;
	return a != NULL && a == sum ? hoist(sum) : a;
}
