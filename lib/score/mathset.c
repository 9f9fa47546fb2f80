/* Sets of reals: intervals, in order and apart. */
#include "lib/score/mathset.h"

#include <string.h>

static struct mathvalue
infinity(struct mathwork *w, int negative)
{
	struct mathnode *n = mathnode_new(w, NODE_INFINITY, NULL, NULL);

	if (negative && n != NULL)
		n = mathnode_new(w, NODE_NEGATIVE, n, NULL);
	return (struct mathvalue){n, 0};
}

static int
add(struct mathwork *w, struct mathset *s, struct mathvalue low,
    struct mathvalue high, int low_open, int high_open)
{
	struct mathset_interval *part = &s->part[s->count];
	int order;

	if (low.n == NULL || high.n == NULL)
		return 0;
	if (s->count == MATHSET_PARTS)
		return mathwork_fail(w, MATHWORK_OVER), 0;
	if (!mathnode_scalar(low.n) || !mathnode_scalar(high.n))
		return 0;
	low_open |= mathscalar_infinite(low) != 0;
	high_open |= mathscalar_infinite(high) != 0;
	order = low.n == high.n ? 0 : mathscalar_order(w, low, high);
	if (order == 1 || (order == 0 && (low_open || high_open)))
		return 0;
	s->loose |= order == 2;
	*part = (struct mathset_interval){low, high, low_open, high_open};
	s->count++;
	return 1;
}

static int
add_all(struct mathset *s, const struct mathset *more)
{
	if (s->count + more->count > MATHSET_PARTS)
		return 0;
	if (s->variable.data == NULL)
		s->variable = more->variable;
	else if (more->variable.data != NULL &&
	    !span_equal(s->variable, more->variable))
		return 0;
	memcpy(s->part + s->count, more->part,
	    more->count * sizeof(more->part[0]));
	s->count += more->count;
	s->loose |= more->loose;
	return 1;
}

/* -1, 0, 1 by lower ends, a closed one first; 2 unknown. */
static int
order_low(struct mathwork *w, const struct mathset_interval *a,
    const struct mathset_interval *b)
{
	int order = mathscalar_order(w, a->low, b->low);

	return order == 0 ? a->low_open - b->low_open : order;
}

static int
order_high(struct mathwork *w, const struct mathset_interval *a,
    const struct mathset_interval *b)
{
	int order = mathscalar_order(w, a->high, b->high);

	return order == 0 ? b->high_open - a->high_open : order;
}

/* Put the parts in order and join those that touch. */
static void
normalise(struct mathwork *w, struct mathset *s)
{
	struct mathset_interval part;
	size_t i, j, n = 0;
	int order;

	for (i = 1; i < s->count && !s->loose; i++) {
		part = s->part[i];
		for (j = i; j > 0; j--) {
			order = order_low(w, &part, &s->part[j - 1]);
			if (order == 2)
				s->loose = 1;
			if (order != -1)
				break;
			s->part[j] = s->part[j - 1];
		}
		s->part[j] = part;
	}
	for (i = 0; i < s->count && !s->loose; i++) {
		part = s->part[i];
		order = n == 0 ? 1
		    : mathscalar_order(w, part.low, s->part[n - 1].high);
		if (order == 2)
			s->loose = 1;
		if (order == -1 || (order == 0 && (!part.low_open ||
		    !s->part[n - 1].high_open))) {
			order = order_high(w, &part, &s->part[n - 1]);
			if (order == 1) {
				s->part[n - 1].high = part.high;
				s->part[n - 1].high_open = part.high_open;
			}
		} else {
			s->part[n++] = part;
		}
	}
	if (!s->loose)
		s->count = n;
}

static int
intersect(struct mathwork *w, const struct mathset *a, const struct mathset *b,
    struct mathset *s)
{
	const struct mathset_interval *low, *high;
	size_t i, j;

	s->count = 0;
	s->loose = 0;
	if (a->loose || b->loose || (a->variable.data != NULL &&
	    b->variable.data != NULL &&
	    !span_equal(a->variable, b->variable)))
		return 0;
	s->variable = a->variable.data != NULL ? a->variable : b->variable;
	for (i = 0; i < a->count; i++)
		for (j = 0; j < b->count; j++) {
			low = order_low(w, &a->part[i], &b->part[j]) == -1
			    ? &b->part[j] : &a->part[i];
			high = order_high(w, &a->part[i], &b->part[j]) == 1
			    ? &b->part[j] : &a->part[i];
			add(w, s, low->low, high->high, low->low_open,
			    high->high_open); /* unless it is empty */
		}
	normalise(w, s);
	return w->failure == MATHWORK_FINE;
}

static int
complement(struct mathwork *w, const struct mathset *a, struct mathset *s)
{
	struct mathvalue low = infinity(w, 1);
	int low_open = 1;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->variable = a->variable;
	if (a->loose)
		return 0;
	for (i = 0; i < a->count; i++) {
		if (mathscalar_infinite(a->part[i].low) == 0)
			add(w, s, low, a->part[i].low, low_open,
			    !a->part[i].low_open);
		low = a->part[i].high;
		low_open = !a->part[i].high_open;
	}
	if (mathscalar_infinite(low) != 1)
		add(w, s, low, infinity(w, 0), low_open, 1);
	return w->failure == MATHWORK_FINE;
}

static int
points(struct mathwork *w, struct mathvalue a, struct mathset *s)
{
	const struct mathnode *c;
	struct mathvalue v;

	for (c = a.n->child; c != NULL; c = c->next) {
		v = (struct mathvalue){c, a.signs};
		if (!add(w, s, v, v, 0, 0))
			return 0;
	}
	normalise(w, s);
	return 1;
}

static int
operation(struct mathwork *w, struct mathvalue a, struct mathset *s)
{
	struct mathset *x = mathwork_alloc(w, 3 * sizeof(*x)), *y, *z;

	if (x == NULL)
		return 0;
	y = x + 1;
	z = x + 2;
	if (!mathset_of(w, (struct mathvalue){a.n->child, a.signs}, x) ||
	    !mathset_of(w, (struct mathvalue){a.n->last, a.signs}, y))
		return 0;
	if (a.n->kind == NODE_UNION) {
		*s = *x;
		if (!add_all(s, y))
			return 0;
		normalise(w, s);
		return 1;
	}
	if (a.n->kind == NODE_INTERSECTION)
		return intersect(w, x, y, s);
	return complement(w, y, z) && intersect(w, x, z, s);
}

/* x < 6, 6 > x, 1 <= x < 2, x != 3, x in S. */
static int
relation(struct mathwork *w, struct mathvalue a, struct mathset *s)
{
	const struct mathnode *x = a.n->child, *y = x->next, *z = y->next;
	struct mathvalue vx = {x, a.signs}, vy = {y, a.signs};
	struct mathset not = {0};
	int up;

	if (y->sign == SIGN_IN && a.n->count == 2 && x->kind == NODE_SYMBOL) {
		s->variable = x->name;
		return mathset_of(w, vy, s);
	}
	if (y->sign == SIGN_NE && a.n->count == 2 && x->kind == NODE_SYMBOL &&
	    mathscalar_constant(y)) {
		not.variable = x->name;
		return add(w, &not, vy, vy, 0, 0) && complement(w, &not, s);
	}
	up = span_in("<l", y->sign);
	if (!span_in("<>lg", y->sign) || a.n->count > 3)
		return 0;
	if (z == NULL) {
		if (x->kind == NODE_SYMBOL && mathscalar_constant(y)) {
			s->variable = x->name;
			return up ? add(w, s, infinity(w, 1), vy, 1,
			    y->sign == '<')
			    : add(w, s, vy, infinity(w, 0), y->sign == '>', 1);
		}
		if (y->kind != NODE_SYMBOL || !mathscalar_constant(x))
			return 0;
		s->variable = y->name;
		return up ? add(w, s, vx, infinity(w, 0), y->sign == '<', 1)
		    : add(w, s, infinity(w, 1), vx, 1, y->sign == '>');
	}
	if (!span_in(up ? "<l" : ">g", z->sign) || y->kind != NODE_SYMBOL ||
	    !mathscalar_constant(x) || !mathscalar_constant(z))
		return 0;
	s->variable = y->name;
	return up ? add(w, s, vx, (struct mathvalue){z, a.signs},
	    y->sign == '<', z->sign == '<')
	    : add(w, s, (struct mathvalue){z, a.signs}, vx, z->sign == '>',
	    y->sign == '>');
}

static int
listed(struct mathwork *w, struct mathvalue a, struct mathset *s)
{
	struct mathset *part = mathwork_alloc(w, 3 * sizeof(*part));
	struct mathset *both, *all;
	const struct mathnode *c = a.n->child;

	if (part == NULL || c->kind != NODE_RELATION ||
	    !mathset_of(w, (struct mathvalue){c, a.signs}, s))
		return 0;
	both = part + 1;
	all = part + 2;
	*all = *s;
	while ((c = c->next) != NULL) {
		memset(part, 0, sizeof(*part));
		if (c->kind != NODE_RELATION ||
		    !mathset_of(w, (struct mathvalue){c, a.signs}, part) ||
		    !intersect(w, s, part, both) || !add_all(all, part))
			return 0;
		*s = *both;
	}
	if (a.n->id == 'o' || s->count == 0) {
		*s = *all;
		normalise(w, s);
	}
	return 1;
}

int
mathset_of(struct mathwork *w, struct mathvalue a, struct mathset *s)
{
	const struct mathnode *n = a.n;

	s->count = 0;
	s->loose = 0;
	switch (n->kind) {
	case NODE_TUPLE:
		return n->count == 2 && add(w, s,
		    (struct mathvalue){n->child, a.signs},
		    (struct mathvalue){n->last, a.signs}, n->left == '(',
		    n->right == ')');
	case NODE_REALS:
		return add(w, s, infinity(w, 1), infinity(w, 0), 1, 1);
	case NODE_EMPTY:
		return 1;
	case NODE_SET:
		return points(w, a, s);
	case NODE_UNION:
	case NODE_INTERSECTION:
	case NODE_DIFFERENCE:
		return operation(w, a, s);
	case NODE_RELATION:
		return relation(w, a, s);
	case NODE_LIST:
		return listed(w, a, s);
	default:
		return 0;
	}
}

static int
same_part(struct mathwork *w, const struct mathset_interval *a,
    const struct mathset_interval *b, double tolerance)
{
	return a->low_open == b->low_open && a->high_open == b->high_open &&
	    mathscalar_same(w, a->low, b->low, tolerance) == 1 &&
	    mathscalar_same(w, a->high, b->high, tolerance) == 1;
}

int
mathset_same(struct mathwork *w, const struct mathset *a,
    const struct mathset *b, double tolerance)
{
	int used[MATHSET_PARTS] = {0};
	size_t i, j;

	if (a->count != b->count || (a->variable.data != NULL &&
	    b->variable.data != NULL &&
	    !span_equal(a->variable, b->variable)))
		return 0;
	for (i = 0; i < a->count; i++) {
		for (j = 0; j < b->count; j++)
			if (!used[j] && same_part(w, &a->part[i],
			    &b->part[j], tolerance))
				break;
		if (j == b->count)
			return 0;
		used[j] = 1;
	}
	return 1;
}
