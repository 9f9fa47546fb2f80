/* Collections, matched element by element. */
#include "lib/score/mathcollect.h"

#include <string.h>

#include "lib/score/mathassign.h"
#include "lib/score/mathcompare.h"

#define MATCHED 200   /* those that stand in another order */
#define SETTLED 0x100u /* this element's signs are chosen */

struct collection {
	struct mathvalue *item;
	size_t count, room;
	int braces;
};

/* The plus-or-minuses in ${n}, as bits; ${minus_first} if one is a -+. */
static unsigned
choices(const struct mathnode *n, int *minus_first)
{
	const struct mathnode *c;
	unsigned bits = 0;

	if (n->kind == NODE_PM && (n->child->kind != NODE_NUMBER ||
	    !fmpq_is_zero(n->child->value))) {
		bits = 1u << n->id;
		*minus_first |= n->sign == '-';
	}
	for (c = n->child; c != NULL; c = c->next)
		bits |= choices(c, minus_first);
	return bits;
}

static int
list_like(const struct mathnode *n)
{
	return n->kind == NODE_LIST || n->kind == NODE_SET;
}

int
mathcollect_is(struct mathvalue a)
{
	int minus_first = 0;

	return list_like(a.n) || (!(a.signs & SETTLED) &&
	    choices(a.n, &minus_first) != 0);
}

static int
add(struct mathwork *w, struct collection *c, struct mathvalue v)
{
	if (c->count == c->room)
		return mathwork_fail(w, MATHWORK_OVER);
	c->item[c->count++] = v;
	return 0;
}

/* Every element once for each choice of its signs. */
static int
expand(struct mathwork *w, struct collection *c, struct mathvalue a)
{
	const struct mathnode *child, *subject;
	struct mathvalue inner;
	unsigned bits, subset;
	int minus_first = 0;

	if (list_like(a.n)) {
		c->braces |= a.n->kind == NODE_SET;
		a.signs &= ~SETTLED;
		for (child = a.n->child; child != NULL; child = child->next) {
			inner = (struct mathvalue){child, a.signs};
			/* A set in a set is one element. */
			if (child->kind == NODE_SET ? add(w, c,
			    (struct mathvalue){child, a.signs | SETTLED})
			    : expand(w, c, inner))
				return -1;
		}
		return 0;
	}
	if (a.n->kind == NODE_RELATION && mathassign(w, a, &subject, &inner) &&
	    list_like(inner.n))
		return expand(w, c, inner);
	bits = a.signs & SETTLED ? 0 : choices(a.n, &minus_first);
	if (bits == 0)
		return add(w, c, (struct mathvalue){a.n, a.signs | SETTLED});
	if (minus_first) { /* all upper signs, or all lower */
		if (add(w, c, (struct mathvalue){a.n, SETTLED}) != 0)
			return -1;
		return add(w, c, (struct mathvalue){a.n, SETTLED | bits});
	}
	for (subset = bits;; subset = (subset - 1) & bits) {
		if (add(w, c, (struct mathvalue){a.n, SETTLED | subset}) != 0)
			return -1;
		if (subset == 0)
			return 0;
	}
}

/* The most elements that ${n} has: a collection's, each with all signs. */
static size_t
room(const struct mathnode *n)
{
	const struct mathnode *c;
	int minus_first = 0;
	size_t most = 0;

	if (!list_like(n) && n->kind != NODE_RELATION)
		return (size_t)1 << __builtin_popcount(choices(n,
		    &minus_first));
	for (c = n->child; c != NULL; c = c->next)
		most += room(c);
	return most;
}

static int
collect(struct mathwork *w, struct mathvalue a, struct collection *c)
{
	c->count = 0;
	c->braces = 0;
	c->room = room(a.n);
	c->item = mathwork_alloc(w, c->room * sizeof(c->item[0]));
	return c->item == NULL ? -1 : expand(w, c, a);
}

/* Without repetitions. */
static void
reduce(struct mathwork *w, struct collection *c, double tolerance)
{
	size_t i, j, n = 0;

	if (c->count > MATCHED) {
		mathwork_fail(w, MATHWORK_OVER);
		return;
	}
	for (i = 0; i < c->count; i++) {
		for (j = 0; j < n; j++)
			if (mathcompare(w, c->item[i], c->item[j], tolerance))
				break;
		if (j == n)
			c->item[n++] = c->item[i];
	}
	c->count = n;
}

struct match {
	const unsigned char *equal; /* (count, count) */
	size_t count;
	int partner[MATCHED];
	unsigned char seen[MATCHED];
};

static int
augment(struct match *m, size_t i)
{
	size_t j;

	for (j = 0; j < m->count; j++) {
		if (!m->equal[i * m->count + j] || m->seen[j])
			continue;
		m->seen[j] = 1;
		if (m->partner[j] < 0 || augment(m, (size_t)m->partner[j])) {
			m->partner[j] = (int)i;
			return 1;
		}
	}
	return 0;
}

/* A perfect matching: equality isn't transitive where units are left off. */
static int
matched(struct mathwork *w, const struct collection *a,
    const struct collection *b, double tolerance)
{
	struct match m = {.count = a->count};
	unsigned char *equal;
	size_t i, j, any;

	if (a->count > MATCHED) {
		mathwork_fail(w, MATHWORK_OVER);
		return 0;
	}
	if ((equal = mathwork_alloc(w, m.count * m.count)) == NULL)
		return 0;
	m.equal = equal;
	for (i = 0; i < m.count; i++) {
		for (any = j = 0; j < m.count; j++)
			any |= equal[i * m.count + j] = (unsigned char)
			    mathcompare(w, a->item[i], b->item[j], tolerance);
		if (!any)
			return 0;
	}
	memset(m.partner, -1, sizeof(m.partner));
	for (i = 0; i < m.count; i++) {
		memset(m.seen, 0, sizeof(m.seen));
		if (!augment(&m, i))
			return 0;
	}
	return 1;
}

static int
in_order(struct mathwork *w, const struct collection *a,
    const struct collection *b, double tolerance)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!mathcompare(w, a->item[i], b->item[i], tolerance))
			return 0;
	return 1;
}

/* Whether two names differ in their subscripts only: x_1, x_2. */
static int
siblings(struct span x, struct span y)
{
	size_t i = 0;

	while (i < x.length && i < y.length && x.data[i] == y.data[i] &&
	    x.data[i] != '_')
		i++;
	return i > 0 && i < x.length && i < y.length && x.data[i] == '_' &&
	    y.data[i] == '_';
}

/*
 * "x = 3, y = 4" by names, as the values alone: 1; 2 where the names are
 * siblings; 0 where it's not a list of assignments to several variables.
 */
static int
by_names(struct mathwork *w, struct mathvalue a, struct collection *c)
{
	const struct mathnode *child, *subject, *names[8];
	struct mathvalue value;
	size_t j;
	int rc = 2;

	if (a.n->kind != NODE_LIST || a.n->count > 8)
		return 0;
	c->item = mathwork_alloc(w, a.n->count * sizeof(c->item[0]));
	if (c->item == NULL)
		return 0;
	c->count = 0;
	c->braces = 0;
	for (child = a.n->child; child != NULL; child = child->next) {
		if (!mathassign(w, (struct mathvalue){child, a.signs},
		    &subject, &value) || subject == NULL ||
		    subject->kind != NODE_SYMBOL)
			return 0;
		for (j = c->count++; j > 0; j--) {
			struct span x = subject->name, y = names[j - 1]->name;
			int order = memcmp(x.data, y.data,
			    x.length < y.length ? x.length : y.length);

			if (span_equal(x, y))
				return 0;
			if (order > 0 || (order == 0 && x.length > y.length))
				break;
			names[j] = names[j - 1];
			c->item[j] = c->item[j - 1];
		}
		names[j] = subject;
		c->item[j] = value;
		if (c->count > 1 && !siblings(names[0]->name, names[1]->name))
			rc = 1;
	}
	return rc;
}

static int
tuple(struct mathvalue a, struct collection *c)
{
	const struct mathnode *child;

	if (a.n->kind != NODE_TUPLE || a.n->left != '(' || a.n->right != ')' ||
	    a.n->count != c->count)
		return 0;
	c->count = 0;
	for (child = a.n->child; child != NULL; child = child->next)
		c->item[c->count++] = (struct mathvalue){child, a.signs};
	return 1;
}

int
mathcollect_same(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	const struct mathnode *subject;
	struct collection x, y, named;
	struct mathvalue v;
	int is_a;

	/* Sets' elements that are sets are no numbers. */
	if (((a.signs | b.signs) & SETTLED &&
	    (a.n->kind == NODE_SET) != (b.n->kind == NODE_SET)) ||
	    a.n->kind == NODE_EMPTY || b.n->kind == NODE_EMPTY)
		return 0;
	is_a = by_names(w, a, &named);
	if (!is_a && (is_a = by_names(w, b, &named)) != 0) {
		v = a;
		a = b;
		b = v;
	} else if (is_a && by_names(w, b, &x)) {
		is_a = 0; /* both name their values */
	}
	/* (x, y) = (1, 2) names a tuple. */
	if (is_a && mathassign(w, b, &subject, &v) &&
	    v.n->kind == NODE_TUPLE)
		b = v;
	if (w->failure != MATHWORK_FINE || collect(w, b, &y) != 0)
		return 0;
	if (is_a && b.n->kind != NODE_TUPLE) {
		/* Values of several names are no list: whose is which? */
		if (is_a == 1)
			return 0;
	} else if (is_a) {
		y.count = named.count;
		if (!tuple(b, &y))
			return 0;
		return y.count == named.count && in_order(w, &named, &y,
		    tolerance);
	}
	if (collect(w, a, &x) != 0)
		return 0;
	if (x.braces || y.braces) {
		reduce(w, &x, tolerance);
		reduce(w, &y, tolerance);
	}
	if (x.count != y.count || w->failure != MATHWORK_FINE)
		return 0;
	return in_order(w, &x, &y, tolerance) || matched(w, &x, &y, tolerance);
}
