/* Vectors and matrices with their scalar factors multiplied in. */
#include "lib/score/mathmatrix.h"

static int
is(const struct mathnode *n)
{
	return n->kind == NODE_MATRIX || n->kind == NODE_TUPLE;
}

int
mathmatrix_within(const struct mathnode *n)
{
	const struct mathnode *c;

	if (is(n))
		return 1;
	if (n->kind != NODE_SUM && n->kind != NODE_PRODUCT &&
	    n->kind != NODE_QUOTIENT && n->kind != NODE_NEGATIVE)
		return 0;
	for (c = n->child; c != NULL; c = c->next)
		if (mathmatrix_within(c))
			return 1;
	return 0;
}

/* A matrix of the shape of ${like}, still empty. */
static struct mathnode *
shape(struct mathwork *w, const struct mathnode *like)
{
	struct mathnode *n = mathnode_new(w, like->kind, NULL, NULL);

	if (n != NULL) {
		n->id = like->id;
		n->left = like->left;
		n->right = like->right;
		n->closed = 1;
	}
	return n;
}

/* ${n}, a product, quotient or negative, with ${entry} for its matrix. */
static struct mathnode *
scaled(struct mathwork *w, const struct mathnode *n,
    const struct mathnode *matrix, const struct mathnode *entry)
{
	struct mathnode *out = mathnode_new(w, n->kind, NULL, NULL), *copy;
	const struct mathnode *c;

	for (c = n->child; out != NULL && c != NULL; c = c->next) {
		copy = mathnode_copy(w, c == matrix ? entry : c);
		if (copy == NULL)
			return NULL;
		mathnode_add(out, copy);
	}
	return out;
}

static const struct mathnode *
scale(struct mathwork *w, const struct mathnode *n)
{
	const struct mathnode *c, *matrix = NULL, *inner, *entry;
	struct mathnode *out, *e;

	for (c = n->child; c != NULL; c = c->next)
		if (mathmatrix_within(c)) {
			if (matrix != NULL)
				return NULL; /* a product of two */
			matrix = c;
		}
	if (matrix == NULL || (n->kind == NODE_QUOTIENT &&
	    matrix != n->child) || (inner = mathmatrix_of(w, matrix)) == NULL ||
	    inner->left == 'v' || (out = shape(w, inner)) == NULL)
		return NULL;
	for (entry = inner->child; entry != NULL; entry = entry->next) {
		if ((e = scaled(w, n, matrix, entry)) == NULL)
			return NULL;
		mathnode_add(out, e);
	}
	return out;
}

static const struct mathnode *
add(struct mathwork *w, const struct mathnode *n)
{
	const struct mathnode *c, *inner, *entry;
	struct mathnode *out = NULL, *e, *copy;

	for (c = n->child; c != NULL; c = c->next) {
		if ((inner = mathmatrix_of(w, c)) == NULL)
			return NULL;
		if (inner->left == 'v')
			return NULL;
		if (out == NULL) {
			if ((out = shape(w, inner)) == NULL)
				return NULL;
			for (entry = inner->child; entry != NULL;
			    entry = entry->next) {
				e = mathnode_new(w, NODE_SUM, NULL, NULL);
				if (e == NULL)
					return NULL;
				mathnode_add(out, e);
			}
		}
		if (out->kind != inner->kind || out->count != inner->count ||
		    out->id != inner->id)
			return NULL;
		e = out->child;
		for (entry = inner->child; entry != NULL; entry = entry->next) {
			if ((copy = mathnode_copy(w, entry)) == NULL)
				return NULL;
			mathnode_add(e, copy);
			e = e->next;
		}
	}
	return out;
}

const struct mathnode *
mathmatrix_of(struct mathwork *w, const struct mathnode *n)
{
	if (mathwork_spend(w, 5) != 0)
		return NULL;
	switch (n->kind) {
	case NODE_MATRIX:
	case NODE_TUPLE:
		return n;
	case NODE_PRODUCT:
	case NODE_QUOTIENT:
	case NODE_NEGATIVE:
		return scale(w, n);
	case NODE_SUM:
		return add(w, n);
	default:
		return NULL;
	}
}

int
mathmatrix_line(const struct mathnode *n)
{
	if (n->kind == NODE_TUPLE)
		return n->left == '(' && n->right == ')';
	return n->left == 'm' && (n->id == 1 || (size_t)n->id == n->count);
}
