/* Functions and their arguments, in parentheses or without. */
#include "lib/score/mathgrammar.h"

/* A function's argument without parentheses: the factors up to the next
 * function or bracket ("sin 3x", "ln 2"). */
static struct mathnode *
bare_argument(struct mathgrammar *g)
{
	struct mathnode *a, *b;
	int number;

	if (mathgrammar_take(g, '-')) {
		a = bare_argument(g);
		return a == NULL ? NULL
		    : mathnode_new(g->w, NODE_NEGATIVE, a, NULL);
	}
	number = mathgrammar_peek(g, 0)->kind == TOKEN_DIGITS;
	a = mathgrammar_factor(g);
	while (a != NULL && g->digit == 0 && mathgrammar_begins(g) &&
	    mathgrammar_peek(g, 0)->kind != TOKEN_FUNCTION &&
	    (number || !mathgrammar_sign(g, 0, '('))) {
		number = 0;
		if ((b = mathgrammar_factor(g)) == NULL)
			return NULL;
		a = mathnode_new(g->w, NODE_PRODUCT, a, b);
	}
	return a;
}

static int
inverse(int id)
{
	if (id >= FUNCTION_SIN && id <= FUNCTION_CSC)
		return id == FUNCTION_SIN ? FUNCTION_ASIN
		    : id == FUNCTION_COS  ? FUNCTION_ACOS
		    : id == FUNCTION_TAN  ? FUNCTION_ATAN
		    : id == FUNCTION_COT  ? FUNCTION_ACOT
		    : id == FUNCTION_SEC  ? FUNCTION_ASEC
		                          : FUNCTION_ACSC;
	return id == FUNCTION_SINH ? FUNCTION_ASINH
	    : id == FUNCTION_COSH  ? FUNCTION_ACOSH
	    : id == FUNCTION_TANH  ? FUNCTION_ATANH : 0;
}

static int
minus_one(const struct mathnode *n)
{
	return n->kind == NODE_NUMBER && fmpz_is_one(fmpq_denref(n->value)) &&
	    fmpz_cmp_si(fmpq_numref(n->value), -1) == 0;
}

static struct mathnode *
written_out(struct mathgrammar *g, int id, struct mathnode *a)
{
	struct mathnode *b, *c, *i;

	if (a->kind == NODE_TUPLE || a->kind == NODE_LIST)
		return mathgrammar_fail(g);
	if (id == FUNCTION_ABS)
		return mathnode_new(g->w, NODE_ABSOLUTE, a, NULL);
	if (id == FUNCTION_CBRT) {
		b = mathnode_integer(g->w, 3);
		return b == NULL ? NULL : mathnode_new(g->w, NODE_ROOT, a, b);
	}
	b = mathnode_copy(g->w, a);
	b = b == NULL ? NULL : mathnode_new(g->w, NODE_FUNCTION, b, NULL);
	c = b == NULL ? NULL : mathnode_new(g->w, NODE_FUNCTION, a, NULL);
	i = c == NULL ? NULL : mathnode_new(g->w, NODE_I, NULL, NULL);
	if (i == NULL)
		return NULL;
	b->id = FUNCTION_SIN;
	c->id = FUNCTION_COS;
	b = mathnode_new(g->w, NODE_PRODUCT, i, b);
	return b == NULL ? NULL : mathnode_new(g->w, NODE_SUM, c, b);
}

/* The node of a function whose arguments stand in ${a}, spread out. */
static struct mathnode *
apply(struct mathgrammar *g, int id, struct mathnode *a, struct mathnode *base)
{
	struct mathnode *n, *c, *next;

	if (id == FUNCTION_LOG) {
		if (base == NULL && (base = mathnode_integer(g->w, 10)) == NULL)
			return NULL;
		return mathnode_new(g->w, NODE_LOG, a, base);
	}
	if (base != NULL)
		return mathgrammar_fail(g);
	if (id >= FUNCTION_CIS)
		return written_out(g, id, a);
	n = mathnode_new(g->w, NODE_FUNCTION, NULL, NULL);
	if (n == NULL)
		return NULL;
	n->id = id;
	if (a->kind != NODE_TUPLE && a->kind != NODE_LIST &&
	    a->kind != NODE_SET) {
		mathnode_add(n, a);
		return n;
	}
	if (id < FUNCTION_MAX || id > FUNCTION_LCM)
		return mathgrammar_fail(g);
	for (c = a->child; c != NULL; c = next) {
		next = c->next;
		mathnode_add(n, c);
	}
	return n;
}

struct mathnode *
mathgrammar_function(struct mathgrammar *g)
{
	int id = mathgrammar_peek(g, 0)->id;
	struct mathnode *power = NULL, *base = NULL, *a, *n;

	g->at++;
	for (;;) {
		if (base == NULL && mathgrammar_take(g, '_')) {
			if ((base = mathgrammar_argument(g)) == NULL)
				return NULL;
		} else if (power == NULL && mathgrammar_take(g, '^')) {
			if ((power = mathgrammar_argument(g)) == NULL)
				return NULL;
		} else {
			break;
		}
	}
	if (power != NULL && inverse(id) && minus_one(power)) {
		id = inverse(id);
		power = NULL;
	}
	if (mathgrammar_sign(g, 0, '(') || mathgrammar_sign(g, 0, '[') ||
	    (id >= FUNCTION_MAX && mathgrammar_sign(g, 0, '{')))
		a = mathgrammar_bracket(g);
	else if (mathgrammar_peek(g, 0)->kind == TOKEN_OPEN)
		a = mathgrammar_argument(g);
	else
		a = bare_argument(g);
	n = a == NULL ? NULL : apply(g, id, a, base);
	return n == NULL || power == NULL ? n
	    : mathnode_new(g->w, NODE_POWER, n, power);
}
