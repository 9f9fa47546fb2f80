/* Equality of answers, by what they are. */
#include "lib/score/mathcompare.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/mathassign.h"
#include "lib/score/mathcollect.h"
#include "lib/score/mathcompound.h"
#include "lib/score/mathmatrix.h"
#include "lib/score/mathmeasure.h"
#include "lib/score/mathset.h"
#include "lib/score/mathword.h"

/* The letters of a name or product of names; its length, 0 for all else. */
static size_t
letters(const struct mathnode *n, char *text, size_t room)
{
	const struct mathnode *c;
	size_t length = 0, more;
	struct span s = {NULL, 0};

	if (n->kind == NODE_SYMBOL || n->kind == NODE_TEXT)
		s = n->name;
	else if (n->kind == NODE_E || n->kind == NODE_I)
		s = span_of(n->kind == NODE_E ? "e" : "i");
	if (s.data != NULL) {
		if (s.length > room)
			return 0;
		memcpy(text, s.data, s.length);
		return s.length;
	}
	if (n->kind != NODE_PRODUCT)
		return 0;
	for (c = n->child; c != NULL; c = c->next) {
		more = letters(c, text + length, room - length);
		if (more == 0)
			return 0;
		length += more;
	}
	return length;
}

static int
articles(struct span word)
{
	return mathword_same(word, span_of("a")) ||
	    mathword_same(word, span_of("an")) ||
	    mathword_same(word, span_of("the"));
}

/* Words, but for case, articles and what is between them. */
static int
same_words(const struct mathnode *a, const struct mathnode *b)
{
	char x[128], y[128];
	struct span s, t, u, v;
	int more, other;

	s = (struct span){x, letters(a, x, sizeof(x))};
	t = (struct span){y, letters(b, y, sizeof(y))};
	if (s.length == 0 || t.length == 0)
		return 0;
	if (s.length == 1 && t.length == 1)
		return span_equal(s, t);
	do {
		do
			more = mathword_next(&s, &u);
		while (more && s.length > 0 && articles(u));
		do
			other = mathword_next(&t, &v);
		while (other && t.length > 0 && articles(v));
		if (more != other || (more && !mathword_same(u, v)))
			return 0;
	} while (more);
	return 1;
}

static int
choices(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	struct mathvalue x, y;

	if (a.n->kind != NODE_CHOICE)
		return choices(w, b, a, tolerance);
	x = (struct mathvalue){a.n->child, a.signs};
	if (b.n->kind == NODE_CHOICE) {
		y = (struct mathvalue){b.n->child, b.signs};
		return a.n->id == b.n->id && (x.n == NULL || y.n == NULL ||
		    mathcompare(w, x, y, tolerance));
	}
	if (b.n->kind == NODE_SYMBOL && b.n->name.length == 1 &&
	    isupper((unsigned char)b.n->name.data[0]))
		return b.n->name.data[0] == a.n->id;
	return x.n != NULL && mathcompare(w, x, b, tolerance);
}

/* Sign by sign and operand by operand. */
static int
same_chain(struct mathwork *w, struct mathvalue a, struct mathvalue b)
{
	const struct mathnode *x = a.n->child, *y = b.n->child;

	if (a.n->count != b.n->count)
		return 0;
	for (; x != NULL; x = x->next, y = y->next)
		if (x->sign != y->sign || !mathcompare(w,
		    (struct mathvalue){x, a.signs},
		    (struct mathvalue){y, b.signs}, 0))
			return 0;
	return 1;
}

/* Equations and inequalities that are not sets or values. */
static int
statements(struct mathwork *w, struct mathvalue a, struct mathvalue b)
{
	const struct mathnode *x = a.n->child, *y = a.n->last;
	const struct mathnode *p = b.n->child, *q = b.n->last;
	struct mathvalue vx = {x, a.signs}, vy = {y, a.signs};
	struct mathvalue vp = {p, b.signs}, vq = {q, b.signs};
	int turn, strict, ratio;

	if (same_chain(w, a, b))
		return 1;
	if (a.n->count != 2 || b.n->count != 2 || !mathnode_scalar(x) ||
	    !mathnode_scalar(y) || !mathnode_scalar(p) || !mathnode_scalar(q))
		return 0;
	if (y->sign == '=' || q->sign == '=' || y->sign == SIGN_NE ||
	    q->sign == SIGN_NE)
		return y->sign == q->sign &&
		    mathscalar_proportional(w, vx, vy, vp, vq) != 0;
	if (!span_in("<>lg", y->sign) || !span_in("<>lg", q->sign))
		return 0;
	strict = span_in("<>", y->sign) != 0;
	if (strict != (span_in("<>", q->sign) != 0))
		return 0;
	turn = span_in("<l", y->sign) == span_in("<l", q->sign) ? 1 : -1;
	ratio = mathscalar_proportional(w, vx, vy, vp, vq);
	return ratio == turn;
}

/* Whether what ${a} describes could only be a set of reals. */
static int
set_like(const struct mathnode *n)
{
	switch (n->kind) {
	case NODE_REALS:
	case NODE_UNION:
	case NODE_INTERSECTION:
	case NODE_DIFFERENCE:
		return 1;
	case NODE_TUPLE:
		return n->count == 2 && (n->left == '[' || n->right == ']');
	case NODE_RELATION:
		return n->last->sign != '=';
	case NODE_LIST:
		return n->child->kind == NODE_RELATION &&
		    n->child->last->sign != '=';
	default:
		return 0;
	}
}

/* As sets of reals: 1, 0, or -1 where they aren't both. */
static int
as_sets(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	struct mathset *x, *y;
	int is_x, is_y;

	if (!set_like(a.n) && !set_like(b.n))
		return -1;
	if (a.n->kind == NODE_TUPLE && b.n->kind == NODE_TUPLE)
		return -1;
	if ((x = mathwork_alloc(w, 2 * sizeof(*x))) == NULL)
		return 0;
	y = x + 1;
	is_x = mathset_of(w, a, x);
	is_y = mathset_of(w, b, y);
	if (is_x && is_y)
		return mathset_same(w, x, y, tolerance);
	return is_x || is_y ? 0 : -1;
}

static int
relations(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	const struct mathnode *s, *t;
	struct mathvalue x, y;
	int is_x = mathassign(w, a, &s, &x), is_y = mathassign(w, b, &t, &y);

	if (is_x && is_y) {
		if (s == NULL || t == NULL || mathcompare(w,
		    (struct mathvalue){s, a.signs},
		    (struct mathvalue){t, b.signs}, 0))
			return mathcompare(w, x, y, tolerance);
		return !mathscalar_constant(x.n) &&
		    !mathscalar_constant(y.n) && statements(w, a, b);
	}
	if (a.n->kind == NODE_RELATION && b.n->kind == NODE_RELATION) {
		/* A solved equation isn't one that could be solved. */
		if ((is_x && mathscalar_constant(x.n)) ||
		    (is_y && mathscalar_constant(y.n)))
			return 0;
		return statements(w, a, b);
	}
	if (is_x)
		return mathcompare(w, x, b, tolerance);
	return is_y && mathcompare(w, a, y, tolerance);
}

/* Names in a tuple that don't stand in order: "(y = 3, x = 4)". */
static int
out_of_order(const struct mathnode *tuple)
{
	const struct mathnode *c = tuple->child, *d;
	struct span x, y;
	int order;

	for (; c != NULL && (d = c->next) != NULL; c = d) {
		if (c->kind != NODE_RELATION || d->kind != NODE_RELATION)
			continue;
		x = c->child->name;
		y = d->child->name;
		order = memcmp(x.data == NULL ? "" : x.data,
		    y.data == NULL ? "" : y.data,
		    x.length < y.length ? x.length : y.length);
		if (order > 0 || (order == 0 && x.length > y.length))
			return 1;
	}
	return 0;
}

static int
tuples(struct mathwork *w, const struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	const struct mathnode *x = a.n->child, *y = b.n->child;

	if (a.n->count != b.n->count || (a.n->kind == b.n->kind &&
	    (a.n->left != b.n->left || a.n->right != b.n->right)) ||
	    out_of_order(a.n) != out_of_order(b.n))
		return 0;
	for (; x != NULL; x = x->next, y = y->next)
		if (!mathcompare(w, (struct mathvalue){x, a.signs},
		    (struct mathvalue){y, b.signs}, tolerance))
			return 0;
	return 1;
}

/* P(3, 4) names its coordinates. */
static const struct mathnode *
point(const struct mathnode *n)
{
	const struct mathnode *c = n->child;

	return n->kind == NODE_PRODUCT && n->count == 2 &&
	    c->kind == NODE_SYMBOL && c->name.length == 1 &&
	    isupper((unsigned char)c->name.data[0]) &&
	    n->last->kind == NODE_TUPLE ? n->last : n;
}

static int
either(struct mathvalue a, struct mathvalue b, enum mathnode_kind kind)
{
	return a.n->kind == kind || b.n->kind == kind;
}

static int
compare(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	int rc;

	if (either(a, b, NODE_CHOICE))
		return choices(w, a, b, tolerance);
	if (either(a, b, NODE_TEXT))
		return same_words(a.n, b.n);
	if ((rc = as_sets(w, a, b, tolerance)) >= 0 ||
	    (rc = mathcompound_same(w, a, b)) >= 0)
		return rc;
	if (mathcollect_is(a) || mathcollect_is(b))
		return mathcollect_same(w, a, b, tolerance);
	if (either(a, b, NODE_RELATION))
		return relations(w, a, b, tolerance);
	if (either(a, b, NODE_EMPTY))
		return a.n->kind == b.n->kind;
	if (mathnode_scalar(a.n) && mathnode_scalar(b.n) &&
	    !mathmatrix_within(a.n) && !mathmatrix_within(b.n))
		return mathmeasure_same(w, a, b, tolerance);
	if (either(a, b, NODE_RATIO))
		return mathmeasure_same(w, a, b, tolerance);
	a.n = mathmatrix_of(w, point(a.n));
	b.n = mathmatrix_of(w, point(b.n));
	if (a.n == NULL || b.n == NULL)
		return 0;
	if (a.n->kind == NODE_MATRIX && b.n->kind == NODE_MATRIX)
		return a.n->id == b.n->id && tuples(w, a, b, tolerance);
	if (a.n->kind == NODE_TUPLE && b.n->kind == NODE_TUPLE)
		return tuples(w, a, b, tolerance);
	/* A row or column is a tuple. */
	if (mathmatrix_line(a.n) && mathmatrix_line(b.n))
		return tuples(w, a, b, tolerance);
	return 0;
}

int
mathcompare(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	if (w->failure != MATHWORK_FINE || mathwork_spend(w, 10) != 0)
		return 0;
	return compare(w, a, b, tolerance) == 1 && w->failure == MATHWORK_FINE;
}
