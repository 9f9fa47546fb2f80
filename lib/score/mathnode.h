#ifndef SCORE_MATHNODE_H
#define SCORE_MATHNODE_H

#include "lib/score/mathtoken.h"
#include "lib/score/mathunit.h"

/* The expression tree; children in order, joined by `next`. */
enum mathnode_kind {
	/* scalars */
	NODE_NUMBER,   /* value */
	NODE_BASED,    /* value, id the base: a numeral written in a base */
	NODE_SYMBOL,   /* name */
	NODE_PI,
	NODE_E,
	NODE_I,
	NODE_INFINITY,
	NODE_SUM,
	NODE_PRODUCT,
	NODE_NEGATIVE,
	NODE_QUOTIENT,
	NODE_POWER,
	NODE_ROOT,     /* radicand, degree */
	NODE_FACTORIAL,
	NODE_BINOMIAL,
	NODE_ABSOLUTE,
	NODE_FLOOR,
	NODE_CEILING,
	NODE_FUNCTION, /* id an enum mathtoken_function; arguments */
	NODE_LOG,      /* argument, base */
	NODE_PM,       /* sign '+' (plus or minus) or '-'; id: its index in the
	                * answer */
	NODE_PERCENT,
	NODE_QUANTITY, /* unit */
	/* structures */
	NODE_RATIO,    /* a:b:c */
	NODE_EMPTY,
	NODE_REALS,
	NODE_TUPLE,    /* left and right are its brackets */
	NODE_SET,
	NODE_LIST,     /* id: the separator, ',' or 'o' for "or" */
	NODE_UNION,
	NODE_INTERSECTION,
	NODE_DIFFERENCE,
	NODE_MATRIX,   /* id: columns; left 'v' for a determinant */
	NODE_RELATION, /* each operand but the first has `sign` before it */
	NODE_TEXT,     /* name */
	NODE_CHOICE    /* id the letter; its value where one is given */
};

struct mathnode {
	unsigned char kind;
	char left, right;
	char sign;
	unsigned char closed; /* stood in braces or parentheses */
	int id;
	size_t count;
	struct mathnode *child, *last, *next;
	fmpq *value;
	struct mathunit *unit;
	struct span name;
};

/* A node with up to two children (NULL: none); NULL when ${w} failed. */
struct mathnode *mathnode_new(struct mathwork *w, enum mathnode_kind kind,
    struct mathnode *a, struct mathnode *b);

/* Append a child. */
void mathnode_add(struct mathnode *parent, struct mathnode *child);

/* An integer. */
struct mathnode *mathnode_integer(struct mathwork *w, long value);

/* A copy of ${n} that can stand in another row of children; or NULL. */
struct mathnode *mathnode_copy(struct mathwork *w, const struct mathnode *n);

int mathnode_scalar(const struct mathnode *n);

#endif
