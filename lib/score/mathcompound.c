/* Amounts in several units, added up. */
#include "lib/score/mathcompound.h"

#include "lib/score/mathexact.h"

/* A prime is a foot, but a minute behind degrees. */
static const struct measure {
	const char *unit;
	char kind;
	unsigned size;
} measures[] = {
	{"second", 't', 1}, {"minute", 't', 60}, {"hour", 't', 3600},
	{"day", 't', 86400}, {"week", 't', 604800}, {"inch", 'l', 1},
	{"doubleprime", 'l', 1}, {"foot", 'l', 12}, {"prime", 'l', 12},
	{"yard", 'l', 36}, {"mile", 'l', 63360}, {"millimeter", 'm', 1},
	{"centimeter", 'm', 10}, {"decimeter", 'm', 100}, {"meter", 'm', 1000},
	{"kilometer", 'm', 1000000}, {"milligram", 'g', 1}, {"gram", 'g', 1000},
	{"kilogram", 'g', 1000000}, {"ounce", 'p', 1}, {"pound", 'p', 16},
	{"milliliter", 'v', 1}, {"liter", 'v', 1000}, {"cup", 'q', 1},
	{"pint", 'q', 2}, {"quart", 'q', 4}, {"gallon", 'q', 16},
	{"cent", '$', 1}, {"dollar", '$', 100}, {"month", 'y', 1},
	{"year", 'y', 12}, {"second", 'a', 1}, {"doubleprime", 'a', 1},
	{"minute", 'a', 60}, {"prime", 'a', 60}, {"degree", 'a', 3600},
};

/* The measure of ${kind}, or of any kind for '\0'; NULL where it is none. */
static const struct measure *
measure(const struct mathunit *u, char kind)
{
	size_t i;

	for (i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
		if ((kind == '\0' || kind == measures[i].kind) &&
		    mathunit_is(u, measures[i].unit))
			return &measures[i];
	return NULL;
}

int
mathcompound_follows(const struct mathunit *a, const struct mathunit *b)
{
	const struct measure *first = measure(a, '\0'), *then;

	if (first == NULL)
		return 0;
	then = measure(b, first->kind);
	return then != NULL && then->size < first->size;
}

/* Primes say what they measure only together with others. */
static int
primes(const struct mathnode *n)
{
	return n->kind == NODE_QUANTITY && (mathunit_is(n->unit, "prime") ||
	    mathunit_is(n->unit, "doubleprime"));
}

int
mathcompound_is(const struct mathnode *n)
{
	const struct mathnode *c;

	if (primes(n))
		return 1;
	if ((n->kind != NODE_SUM && (n->kind != NODE_LIST || n->id != ',')) ||
	    n->child->kind != NODE_QUANTITY ||
	    measure(n->child->unit, '\0') == NULL)
		return 0;
	for (c = n->child; c->next != NULL; c = c->next)
		if (c->next->kind != NODE_QUANTITY ||
		    !mathcompound_follows(c->unit, c->next->unit))
			return 0;
	return 1;
}

/* Add an amount to ${total}; 0 where it isn't a rational one of ${kind}. */
static int
add(struct mathwork *w, const struct mathnode *n, unsigned signs, char kind,
    fmpq_t total)
{
	const struct measure *m = measure(n->unit, kind);
	struct mathpoint p = {signs, 0};
	fmpz_t size;
	fmpq_t value;
	int rc;

	if (m == NULL)
		return 0;
	fmpq_init(value);
	fmpz_init_set_ui(size, m->size);
	rc = mathexact(w, n->child, &p, value) == MATHPOINT_VALUE &&
	    fmpq_sgn(value) >= 0;
	fmpq_mul_fmpz(value, value, size);
	fmpq_add(total, total, value);
	fmpz_clear(size);
	fmpq_clear(value);
	return rc;
}

/* What all of it comes to in the smallest unit of ${kind}. */
static int
sum(struct mathwork *w, struct mathvalue a, char kind, fmpq_t total)
{
	const struct mathnode *c;

	if (a.n->kind == NODE_QUANTITY)
		return add(w, a.n, a.signs, kind, total);
	for (c = a.n->child; c != NULL; c = c->next)
		if (!add(w, c, a.signs, kind, total))
			return 0;
	return 1;
}

/* Whether ${a} is in one of the units of ${b}. */
static int
shares(struct mathvalue a, struct mathvalue b, char kind)
{
	const struct measure *m = measure(a.n->unit, kind);
	const struct mathnode *c;

	if (m == NULL)
		return 0;
	if (b.n->kind == NODE_QUANTITY)
		return measure(b.n->unit, kind)->size == m->size;
	for (c = b.n->child; c != NULL; c = c->next)
		if (measure(c->unit, kind)->size == m->size)
			return 1;
	return 0;
}

int
mathcompound_same(struct mathwork *w, struct mathvalue a, struct mathvalue b)
{
	int is_a = mathcompound_is(a.n), is_b = mathcompound_is(b.n), rc;
	const struct mathnode *first;
	fmpq_t x, y;
	char kind;

	if (!is_a && !is_b)
		return -1;
	if (!is_a || (primes(a.n) && is_b && !primes(b.n)))
		return mathcompound_same(w, b, a);
	if (b.n->kind != NODE_QUANTITY && !is_b)
		return a.n->kind == NODE_LIST || b.n->kind == NODE_LIST ||
		    b.n->kind == NODE_RELATION ? -1 : 0;
	first = a.n->kind == NODE_QUANTITY ? a.n : a.n->child;
	kind = measure(first->unit, '\0')->kind;
	if (b.n->kind == NODE_QUANTITY && !shares(b, a, kind))
		return 0;
	fmpq_init(x);
	fmpq_init(y);
	rc = sum(w, a, kind, x) && sum(w, b, kind, y) && fmpq_equal(x, y);
	fmpq_clear(x);
	fmpq_clear(y);
	return rc;
}
