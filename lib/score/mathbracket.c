/* Brackets: groups, tuples, intervals, sets, bars, matrices. */
#include "lib/score/mathgrammar.h"

/* (a), (a, b], [a, b]: groups and tuples. */
static struct mathnode *
round_or_square(struct mathgrammar *g, char left)
{
	char right = left == SIGN_ANGLE ? SIGN_ANGLE_END : '\0';
	struct mathnode *n = mathgrammar_list(g);

	if (n == NULL)
		return NULL;
	if (right == '\0')
		right = mathgrammar_sign(g, 0, ')') ? ')' : ']';
	if (!mathgrammar_take(g, right))
		return mathgrammar_fail(g);
	if (left == SIGN_ANGLE) {
		left = '(';
		right = ')';
	}
	if (n->kind == NODE_LIST && !n->closed && n->id == ',') {
		n->kind = NODE_TUPLE;
		n->left = left;
		n->right = right;
	} else if ((left == '(') != (right == ')')) {
		return mathgrammar_fail(g);
	}
	n->closed = 1;
	return n;
}

/* {a, b} and {x | condition}, which is its condition. */
static struct mathnode *
set(struct mathgrammar *g)
{
	struct mathnode *n, *set;

	if (mathgrammar_take(g, '}'))
		return mathnode_new(g->w, NODE_EMPTY, NULL, NULL);
	g->bars = 1;
	n = mathgrammar_list(g);
	if (n != NULL && (mathgrammar_take(g, '|') ||
	    mathgrammar_take(g, ':'))) {
		if (n->kind == NODE_RELATION && n->count == 2 &&
		    n->last->sign == SIGN_IN && (n->last->kind == NODE_REALS))
			n = n->child;
		if (n->kind != NODE_SYMBOL)
			return mathgrammar_fail(g);
		g->bars = 0;
		n = mathgrammar_list(g);
		if (n == NULL || !mathgrammar_take(g, '}'))
			return mathgrammar_fail(g);
		return n;
	}
	if (n == NULL || !mathgrammar_take(g, '}'))
		return mathgrammar_fail(g);
	if (n->kind == NODE_LIST && !n->closed)
		n->kind = NODE_SET;
	else
		n = mathnode_new(g->w, NODE_SET, n, NULL);
	if ((set = n) != NULL)
		set->closed = 1;
	return set;
}

static struct mathnode *
enclosed(struct mathgrammar *g, enum mathnode_kind kind, char right)
{
	struct mathnode *a;

	g->bars = kind == NODE_ABSOLUTE;
	a = mathgrammar_sum(g);
	if (a == NULL || !mathgrammar_take(g, right))
		return mathgrammar_fail(g);
	return mathnode_new(g->w, kind, a, NULL);
}

struct mathnode *
mathgrammar_bracket(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	size_t bars = g->bars;
	struct mathnode *n;

	if (t->kind != TOKEN_SIGN || mathgrammar_enter(g) != 0)
		return mathgrammar_fail(g);
	g->at++;
	g->closed++;
	g->bars = 0;
	switch (t->c) {
	case '(':
	case '[':
	case SIGN_ANGLE:
		n = round_or_square(g, t->c);
		break;
	case '{':
		n = set(g);
		break;
	case '|':
		n = enclosed(g, NODE_ABSOLUTE, '|');
		break;
	case SIGN_FLOOR:
		n = enclosed(g, NODE_FLOOR, SIGN_FLOOR_END);
		break;
	case SIGN_CEILING:
		n = enclosed(g, NODE_CEILING, SIGN_CEILING_END);
		break;
	default:
		return mathgrammar_fail(g);
	}
	g->bars = bars;
	g->closed--;
	g->depth--;
	return n;
}

static int
matrix_name(struct span s)
{
	if (span_is(s, "vmatrix"))
		return 'v';
	return span_is(s, "pmatrix") || span_is(s, "bmatrix") ||
	    span_is(s, "matrix") || span_is(s, "Bmatrix") ||
	    span_is(s, "smallmatrix") || span_is(s, "array") ? 'm' : 0;
}

static int
finish(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);

	if (t->kind != TOKEN_COMMAND || t->id != COMMAND_FINISH)
		return 0;
	g->at++;
	return 1;
}

/* Cells row by row; every row as long as the first. */
static struct mathnode *
cells(struct mathgrammar *g, struct mathnode *n)
{
	struct mathnode *a;
	size_t columns = 0, in_row = 0;

	while (!finish(g)) {
		if ((a = mathgrammar_sum(g)) == NULL)
			return NULL;
		mathnode_add(n, a);
		in_row++;
		if (mathgrammar_take(g, '&'))
			continue;
		if (columns != 0 && in_row != columns)
			return mathgrammar_fail(g);
		columns = in_row;
		in_row = 0;
		if (!mathgrammar_take(g, SIGN_ROW) &&
		    (mathgrammar_peek(g, 0)->kind != TOKEN_COMMAND))
			return mathgrammar_fail(g);
	}
	if (columns == 0 || in_row != 0)
		return mathgrammar_fail(g);
	n->id = (int)columns;
	return n;
}

struct mathnode *
mathgrammar_matrix(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	size_t bars = g->bars, closed = g->closed;
	int kind = matrix_name(t->text);
	struct mathnode *n = mathnode_new(g->w, NODE_MATRIX, NULL, NULL);

	if (kind == 0 || n == NULL)
		return mathgrammar_fail(g);
	n->left = (char)kind;
	g->at++;
	g->bars = g->closed = 0;
	n = cells(g, n);
	g->bars = bars;
	g->closed = closed;
	return n;
}
