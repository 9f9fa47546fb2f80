/* Units behind values, and words that scale them. */
#include "lib/score/mathgrammar.h"

#include "lib/score/mathword.h"

/* A unit's word at the next token; data NULL where there is none. */
static struct span
unit_word(const struct mathgrammar *g, int behind_unit)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	const char *name;

	if (t->kind == TOKEN_TEXT && mathword_separator(t->text) == '\0')
		return span_trim(t->text);
	/* A single letter, where units are looked for. */
	if (t->kind == TOKEN_LETTER && (g->units || behind_unit) &&
	    (name = mathunit_known(t->text)) != NULL)
		return span_of(name);
	return (struct span){NULL, 0};
}

/* ^2, ^{-1}: the unit's power; 1 where there is none, 0 for other powers. */
static int
unit_power(struct mathgrammar *g)
{
	struct mathnode *n;

	if (!mathgrammar_take(g, '^'))
		return 1;
	n = mathgrammar_argument(g);
	if (n == NULL || n->kind != NODE_NUMBER ||
	    !fmpz_is_one(fmpq_denref(n->value)) ||
	    fmpz_cmpabs(fmpq_numref(n->value), fmpq_denref(n->value)) < 0 ||
	    fmpz_bits(fmpq_numref(n->value)) > 4)
		return 0;
	return (int)fmpz_get_si(fmpq_numref(n->value));
}

/* "3 thousand", "5 percent": the value itself changes. */
static struct mathnode *
scaled(struct mathgrammar *g, struct mathnode *value, struct span word)
{
	int power = mathword_power(word);
	struct mathnode *ten, *n, *inner, *outer;
	const char *name;

	if (power > 0) {
		ten = mathnode_integer(g->w, 1);
		for (; ten != NULL && power > 0; power--)
			fmpq_mul_fmpz(ten->value, ten->value,
			    (fmpz[]){10});
		if (ten == NULL)
			return NULL;
		outer = value->kind == NODE_QUANTITY ? value : NULL;
		inner = outer != NULL ? outer->child : value;
		n = mathnode_new(g->w, NODE_PRODUCT, inner, ten);
		if (outer == NULL || n == NULL)
			return n;
		outer->child = outer->last = n;
		return outer;
	}
	name = mathunit_known(word);
	if (name != NULL && span_is(span_of(name), "percent"))
		return value->kind == NODE_PERCENT ? value
		    : mathnode_new(g->w, NODE_PERCENT, value, NULL);
	return NULL;
}

static int
scales(struct span word)
{
	const char *name = mathunit_known(word);

	return mathword_power(word) > 0 ||
	    (name != NULL && span_is(span_of(name), "percent"));
}

/* The rest of a unit: words, powers, products and quotients. */
static int
read_unit(struct mathgrammar *g, struct mathunit *u)
{
	struct span word;
	int power, sign = 1;
	size_t at;

	for (;;) {
		at = g->at;
		word = unit_word(g, u->count > 0);
		if (word.data == NULL) {
			g->at = at;
			return 0;
		}
		g->at++;
		power = unit_power(g);
		if (power == 0 || !mathunit_add(u, word, sign * power))
			return mathwork_fail(g->w, MATHWORK_UNREADABLE);
		at = g->at;
		if (mathgrammar_take(g, '/'))
			sign = -1;
		else if (mathgrammar_take(g, '*'))
			sign = 1;
		if (g->at != at && unit_word(g, 1).data == NULL) {
			g->at = at;
			return 0;
		}
	}
}

struct mathnode *
mathgrammar_unit(struct mathgrammar *g, struct mathnode *value)
{
	struct mathunit *unit, *before = NULL;
	struct mathnode *n = value;
	struct span word;

	while ((word = unit_word(g, 0)).data != NULL && scales(word)) {
		g->at++;
		if ((value = n = scaled(g, value, word)) == NULL)
			return NULL;
	}
	if (word.data == NULL)
		return n;
	if (value->kind == NODE_TEXT)
		return mathgrammar_fail(g);
	unit = mathwork_alloc(g->w, sizeof(*unit));
	if (unit == NULL || read_unit(g, unit) != 0)
		return NULL;
	if (mathunit_is(unit, "ordinal"))
		return value;
	if (value->kind == NODE_QUANTITY && !value->closed) {
		/* "$5 dollars", "5 degrees Celsius" */
		before = value->unit;
		if (!mathunit_same(before, unit)) {
			if (!mathunit_is(before, "degree") ||
			    unit->count != 1 || before->count != 1)
				return mathgrammar_fail(g);
			before->factor[before->count++] = unit->factor[0];
		}
		return value;
	}
	n = mathnode_new(g->w, NODE_QUANTITY, value, NULL);
	if (n != NULL)
		n->unit = unit;
	return n;
}
