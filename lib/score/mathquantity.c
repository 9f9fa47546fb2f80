/* Units behind values, and words that scale them. */
#include "lib/score/mathgrammar.h"

#include "lib/score/mathword.h"

char
mathgrammar_ratio(const struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	struct span s = span_trim(t->text);

	if (t->kind != TOKEN_TEXT || mathgrammar_peek(g, 1)->kind !=
	    TOKEN_DIGITS)
		return '\0';
	if (mathword_same(s, span_of("to")))
		return ':';
	return mathword_same(s, span_of("in")) ||
	    mathword_same(s, span_of("out of")) ? '/' : '\0';
}

int
mathgrammar_unit_quotient(const struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);

	return t->kind == TOKEN_COMMAND && t->id == COMMAND_FRAC &&
	    t[1].kind == TOKEN_OPEN && t[2].kind == TOKEN_TEXT &&
	    t[3].kind == TOKEN_CLOSE && t[4].kind == TOKEN_OPEN &&
	    t[5].kind == TOKEN_TEXT;
}

/* A unit's word at the next token; data NULL where there is none. */
static struct span
unit_word(const struct mathgrammar *g, int behind_unit)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	const char *name;

	if (mathgrammar_ratio(g) != '\0')
		return (struct span){NULL, 0};
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

/* "m s" to a power: it is the last one's, if both are units' names. */
static int
add_words(struct mathunit *u, struct span words, int sign, int power)
{
	size_t n = words.length;

	while (n > 0 && words.data[n - 1] != ' ')
		n--;
	if (power == 1 || mathunit_known(span_trim(span_slice(words, 0, n))) ==
	    NULL || mathunit_known(span_slice(words, n, words.length)) == NULL)
		return mathunit_add(u, words, sign * power);
	return mathunit_add(u, span_slice(words, 0, n), sign) &&
	    mathunit_add(u, span_slice(words, n, words.length), sign * power);
}

/* The rest of a unit: words, powers, products and quotients. */
static int
read_unit(struct mathgrammar *g, struct mathunit *u)
{
	struct span word;
	int power, over, sign = 1;
	size_t at;

	if (mathgrammar_take(g, '/'))
		sign = -1;
	for (;;) {
		over = mathgrammar_unit_quotient(g);
		g->at += 2 * (size_t)over;
		word = unit_word(g, u->count > 0);
		if (word.data == NULL)
			return 0;
		g->at++;
		if (over) {
			if (!mathunit_add(u, word, sign))
				return mathwork_fail(g->w, MATHWORK_UNREADABLE);
			g->at += 2; /* down */
			word = unit_word(g, 1);
			g->at++;
			sign = -sign;
		}
		power = unit_power(g);
		if (power == 0 || !add_words(u, word, sign, power) ||
		    (over && mathgrammar_peek(g, 0)->kind != TOKEN_CLOSE))
			return mathwork_fail(g->w, MATHWORK_UNREADABLE);
		g->at += (size_t)over;
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

/* "\\pmod 7": the modulus is a unit too, kept apart from others. */
static struct mathnode *
residue(struct mathgrammar *g, struct mathnode *value)
{
	const struct mathtoken *t = mathgrammar_peek(g, 1);
	struct mathnode *n = mathnode_new(g->w, NODE_QUANTITY, value, NULL);
	size_t open = t->kind == TOKEN_OPEN;

	t = mathgrammar_peek(g, 1 + open);
	if (value->kind == NODE_QUANTITY || t->kind != TOKEN_DIGITS || (open &&
	    mathgrammar_peek(g, 3)->kind != TOKEN_CLOSE))
		return mathgrammar_fail(g);
	if (n == NULL || (n->unit = mathwork_alloc(g->w,
	    sizeof(*n->unit))) == NULL)
		return NULL;
	g->at += 2 + 2 * open;
	n->unit->count = 1;
	n->unit->factor[0].name = t->text;
	n->unit->factor[0].power = 1;
	return n;
}

/* A second unit behind one: "$5 dollars", "$5 per hour", "5 degrees C". */
static struct mathnode *
more_unit(struct mathgrammar *g, struct mathnode *value,
    const struct mathunit *unit)
{
	struct mathunit *before = value->unit;
	size_t i;

	if (mathunit_same(before, unit))
		return value;
	if (before->count + unit->count > MATHUNIT_FACTORS)
		return mathgrammar_fail(g);
	for (i = 0; i < unit->count; i++)
		if (unit->factor[i].power > 0 && (unit->count != 1 ||
		    !mathunit_is(before, "degree")))
			return mathgrammar_fail(g);
	for (i = 0; i < unit->count; i++)
		before->factor[before->count++] = unit->factor[i];
	return value;
}

struct mathnode *
mathgrammar_unit(struct mathgrammar *g, struct mathnode *value)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	struct mathunit *unit;
	struct mathnode *n = value;
	struct span word;

	if (t->kind == TOKEN_COMMAND && t->id == COMMAND_PMOD)
		return residue(g, value);
	while ((word = unit_word(g, 0)).data != NULL && scales(word)) {
		g->at++;
		if ((value = n = scaled(g, value, word)) == NULL)
			return NULL;
	}
	if (word.data == NULL && !mathgrammar_sign(g, 0, '/') &&
	    !mathgrammar_unit_quotient(g))
		return n;
	if (value->kind == NODE_TEXT)
		return mathgrammar_fail(g);
	unit = mathwork_alloc(g->w, sizeof(*unit));
	if (unit == NULL || read_unit(g, unit) != 0)
		return NULL;
	if (mathunit_is(unit, "ordinal"))
		return value;
	if (value->kind == NODE_QUANTITY && !value->closed)
		return more_unit(g, value, unit);
	n = mathnode_new(g->w, NODE_QUANTITY, value, NULL);
	if (n != NULL)
		n->unit = unit;
	return n;
}
