/* Numbers as answers write them: units, percentages, bases, ratios, times. */
#include "lib/score/mathmeasure.h"

#include "lib/score/mathexact.h"

static int
half_day(const struct mathunit *u)
{
	return u != NULL && (mathunit_is(u, "am") || mathunit_is(u, "pm"));
}

/* The percentage ${p}, without its sign, against a bare number. */
static int
percentage(struct mathwork *w, struct mathvalue p, struct mathvalue v,
    double tolerance)
{
	struct mathnode *one;
	struct mathnode *size;
	struct mathvalue number = {p.n->child, p.signs};

	if (mathscalar_same(w, p, v, tolerance) == 1)
		return 1;
	if (mathscalar_same(w, number, v, tolerance) != 1)
		return 0;
	/* 35 for 35%, but not 0.35 for 0.35%, which might mean 35%. */
	one = mathnode_integer(w, 1);
	size = mathnode_copy(w, v.n);
	if (size != NULL)
		size = mathnode_new(w, NODE_ABSOLUTE, size, NULL);
	return one != NULL && size != NULL && mathscalar_order(w,
	    (struct mathvalue){size, v.signs}, (struct mathvalue){one, 0}) == 1;
}

/* A numeral in a base, with the sign before it taken off. */
static const struct mathnode *
numeral(const struct mathnode *n, int *negative)
{
	*negative = n->kind == NODE_NEGATIVE;
	if (*negative)
		n = n->child;
	return n->kind == NODE_BASED ? n : NULL;
}

/*
 * Where one is a numeral in a base: 1 or 0; -1 where none is.  Only base 10 may
 * be left off: to write a number in a base is what was asked for, so neither
 * its digits nor its value without the base will do.
 */
static int
bases(const struct mathnode *a, const struct mathnode *b)
{
	int minus_a, minus_b;
	const struct mathnode *x = numeral(a, &minus_a);
	const struct mathnode *y = numeral(b, &minus_b);

	if (x == NULL && y == NULL)
		return -1;
	if (x != NULL && y != NULL)
		return minus_a == minus_b && fmpq_equal(x->value, y->value);
	return (x != NULL ? x : y)->id == 10 ? -1 : 0;
}

static int
parts_equal(struct mathwork *w, struct mathvalue a, struct mathvalue b)
{
	const struct mathnode *x = a.n->child, *y = b.n->child;

	for (; x != NULL; x = x->next, y = y->next)
		if (mathscalar_same(w, (struct mathvalue){x, a.signs},
		    (struct mathvalue){y, b.signs}, 0) != 1)
			return 0;
	return 1;
}

/* x : y as its quotient, part ${i} over the first. */
static struct mathvalue
quotient(struct mathwork *w, struct mathvalue a, const struct mathnode *part)
{
	struct mathnode *x = mathnode_copy(w, a.n->child);
	struct mathnode *y = mathnode_copy(w, part);

	return (struct mathvalue){x != NULL && y != NULL
	    ? mathnode_new(w, NODE_QUOTIENT, x, y) : NULL, a.signs};
}

/* Ratios are equal in proportion; clock times part by part. */
static int
ratios(struct mathwork *w, struct mathvalue a, struct mathvalue b, int clock)
{
	const struct mathnode *x, *y;
	struct mathvalue p, q;

	if (a.n->kind != NODE_RATIO) {
		p = a;
		a = b;
		b = p;
	}
	if (b.n->kind != NODE_RATIO) {
		if (clock) /* 9 p.m. is 9:00 p.m. */
			return a.n->count == 2 && mathscalar_same(w,
			    (struct mathvalue){a.n->child, a.signs}, b, 0) &&
			    a.n->last->kind == NODE_NUMBER &&
			    fmpq_is_zero(a.n->last->value);
		p = quotient(w, a, a.n->last);
		return a.n->count == 2 && p.n != NULL &&
		    mathscalar_same(w, p, b, 0) == 1;
	}
	if (a.n->count != b.n->count)
		return 0;
	if (parts_equal(w, a, b))
		return 1;
	if (clock || w->failure != MATHWORK_FINE)
		return 0;
	x = a.n->child->next;
	y = b.n->child->next;
	for (; x != NULL; x = x->next, y = y->next) {
		p = quotient(w, a, x);
		q = quotient(w, b, y);
		if (p.n == NULL || q.n == NULL ||
		    mathscalar_same(w, p, q, 0) != 1)
			return 0;
	}
	return 1;
}

int
mathmeasure_same(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	const struct mathunit *u = NULL, *v = NULL;
	int rc;

	if (a.n->kind == NODE_QUANTITY) {
		u = a.n->unit;
		a.n = a.n->child;
	}
	if (b.n->kind == NODE_QUANTITY) {
		v = b.n->unit;
		b.n = b.n->child;
	}
	if (u != NULL && v != NULL && !mathunit_same(u, v))
		return 0;
	if (a.n->kind == NODE_RATIO || b.n->kind == NODE_RATIO)
		return ratios(w, a, b, half_day(u) || half_day(v));
	if (a.n->kind == NODE_PERCENT && b.n->kind != NODE_PERCENT)
		return v == NULL && percentage(w, a, b, tolerance);
	if (b.n->kind == NODE_PERCENT && a.n->kind != NODE_PERCENT)
		return u == NULL && percentage(w, b, a, tolerance);
	if ((rc = bases(a.n, b.n)) >= 0)
		return rc && u == NULL && v == NULL;
	return mathscalar_same(w, a, b, tolerance) == 1;
}
