/* Statements that name an answer. */
#include "lib/score/mathassign.h"

#include <ctype.h>

/* Capitals beside one another name a length, an angle, an area. */
static int
named_points(const struct mathnode *n)
{
	const struct mathnode *c;

	for (c = n->child; c != NULL; c = c->next)
		if (c->kind != NODE_SYMBOL || c->name.length != 1 ||
		    !isupper((unsigned char)c->name.data[0]))
			return 0;
	return 1;
}

static int
all_symbols(const struct mathnode *n)
{
	const struct mathnode *c;

	for (c = n->child; c != NULL; c = c->next)
		if (c->kind != NODE_SYMBOL)
			return 0;
	return 1;
}

/* A name that an answer may be assigned to; not an equation's side. */
static int
names(const struct mathnode *n)
{
	switch (n->kind) {
	case NODE_SYMBOL:
	case NODE_FUNCTION:
		return 1;
	case NODE_PRODUCT: /* P(x), AB */
		return named_points(n) || (n->count == 2 && n->last->closed &&
		    n->child->kind == NODE_SYMBOL &&
		    (n->last->kind == NODE_SYMBOL ||
		    n->last->kind == NODE_NUMBER));
	case NODE_TUPLE: /* (x, y) = (1, 2) */
		return all_symbols(n);
	default:
		return 0;
	}
}

/* The value doesn't mention what it is the value of. */
static int
independent(const struct mathnode *subject, const struct mathnode *value)
{
	const struct mathnode *c;

	if (subject->kind == NODE_SYMBOL)
		return !mathscalar_mentions(value, subject->name);
	if (subject->kind == NODE_PRODUCT)
		return !mathscalar_mentions(value, subject->child->name);
	if (subject->kind == NODE_FUNCTION)
		return mathscalar_constant(value);
	for (c = subject->child; c != NULL; c = c->next)
		if (mathscalar_mentions(value, c->name))
			return 0;
	return 1;
}

int
mathassign(struct mathwork *w, struct mathvalue a,
    const struct mathnode **subject, struct mathvalue *value)
{
	const struct mathnode *n = a.n, *c, *first;

	*subject = NULL;
	if (n->kind != NODE_RELATION)
		return 0;
	if (n->count == 2 && n->last->sign == SIGN_IN) {
		*subject = n->child;
		*value = (struct mathvalue){n->last, a.signs};
		return n->child->kind == NODE_SYMBOL;
	}
	for (c = n->child->next; c != NULL; c = c->next)
		if (c->sign != '=')
			return 0;
	first = n->child;
	if (names(first) && independent(first, n->last)) {
		*subject = first;
		first = first->next;
	} else if (n->count == 2 && names(n->last) &&
	    mathscalar_constant(n->child)) {
		*subject = n->last;
		*value = (struct mathvalue){first, a.signs};
		return 1;
	}
	*value = (struct mathvalue){n->last, a.signs};
	/* What stands between must be the same. */
	for (c = first; c != n->last; c = c->next)
		if (!mathnode_scalar(c) || !mathnode_scalar(n->last) ||
		    mathscalar_same(w, (struct mathvalue){c, a.signs}, *value,
		    0) != 1)
			return 0;
	return 1;
}
