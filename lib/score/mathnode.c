/* Nodes of the expression tree. */
#include "lib/score/mathnode.h"

struct mathnode *
mathnode_new(struct mathwork *w, enum mathnode_kind kind, struct mathnode *a,
    struct mathnode *b)
{
	struct mathnode *n;

	if (w->failure != MATHWORK_FINE)
		return NULL;
	n = mathwork_alloc(w, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->kind = (unsigned char)kind;
	if (kind == NODE_NUMBER || kind == NODE_BASED) {
		n->value = mathwork_number(w);
		if (n->value == NULL)
			return NULL;
	}
	if (a != NULL)
		mathnode_add(n, a);
	if (b != NULL)
		mathnode_add(n, b);
	return n;
}

void
mathnode_add(struct mathnode *parent, struct mathnode *child)
{
	child->next = NULL;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->child = child;
	parent->last = child;
	parent->count++;
}

struct mathnode *
mathnode_integer(struct mathwork *w, long value)
{
	struct mathnode *n = mathnode_new(w, NODE_NUMBER, NULL, NULL);

	if (n != NULL)
		fmpq_set_si(n->value, value, 1);
	return n;
}

struct mathnode *
mathnode_copy(struct mathwork *w, const struct mathnode *n)
{
	struct mathnode *copy = mathwork_alloc(w, sizeof(*copy));

	if (copy != NULL) {
		*copy = *n;
		copy->next = NULL;
	}
	return copy;
}

int
mathnode_scalar(const struct mathnode *n)
{
	return n->kind < NODE_RATIO;
}
