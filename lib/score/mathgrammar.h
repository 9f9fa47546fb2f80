#ifndef SCORE_MATHGRAMMAR_H
#define SCORE_MATHGRAMMAR_H

#include "lib/score/mathnode.h"

/* What the parser's files share.  See mathparse.h. */
#define MATHGRAMMAR_DEPTH 100

struct mathgrammar {
	struct mathwork *w;
	const struct mathtoken *row;
	size_t at, end;
	size_t digit;  /* of the digits at `at`, how many are read */
	size_t depth;
	size_t bars;   /* open |...|: a bar closes */
	size_t closed; /* open brackets: a comma separates, never groups */
	size_t choices; /* the PMs so far */
	int units;
};

/* The token ${ahead}; a TOKEN_END past the end. */
const struct mathtoken *mathgrammar_peek(const struct mathgrammar *g,
    size_t ahead);

/* Whether the token ${ahead} is the sign ${c}. */
int mathgrammar_sign(const struct mathgrammar *g, size_t ahead, char c);

/* Consume the sign ${c} if it comes next. */
int mathgrammar_take(struct mathgrammar *g, char c);

/* NULL, the answer being unreadable. */
struct mathnode *mathgrammar_fail(struct mathgrammar *g);

/* Go one level deeper: 0, or -1 when it is too deep. */
int mathgrammar_enter(struct mathgrammar *g);

struct mathnode *mathgrammar_list(struct mathgrammar *g);
struct mathnode *mathgrammar_relation(struct mathgrammar *g);
struct mathnode *mathgrammar_sum(struct mathgrammar *g);
struct mathnode *mathgrammar_factor(struct mathgrammar *g);

/* a / b, the unit of ${a} being that of the whole: "\$12 / 4". */
struct mathnode *mathgrammar_quotient(struct mathgrammar *g,
    struct mathnode *a, struct mathnode *b);

/* The token begins a factor that multiplies what stands before it. */
int mathgrammar_begins(const struct mathgrammar *g);

/* An argument as TeX reads it: a group, or one token with its arguments. */
struct mathnode *mathgrammar_argument(struct mathgrammar *g);

/* A number, mixed number or numeral in a base; or NULL. */
struct mathnode *mathgrammar_numeral(struct mathgrammar *g);

/* "_4", "_{12}", "base 4", "(base 4)" at the token ${ahead}: its tokens and
 * the base; 0 for none. */
size_t mathgrammar_base(const struct mathgrammar *g, size_t ahead, int *base);

/* The value of a digit, letters included; what is neither has any. */
int mathgrammar_digit(char c);

/* A numeral that its base alone makes one begins here, with letters as digits,
 * in groups, or enclosed: its tokens without the brackets; else 0. */
size_t mathgrammar_based(const struct mathgrammar *g);

/* A number, name, bracket, or command with its arguments. */
struct mathnode *mathgrammar_atom(struct mathgrammar *g);

/* A function with its power, base and arguments. */
struct mathnode *mathgrammar_function(struct mathgrammar *g);

/* What stands in brackets; the first is not yet consumed. */
struct mathnode *mathgrammar_bracket(struct mathgrammar *g);
struct mathnode *mathgrammar_matrix(struct mathgrammar *g);

/* A word between two numbers comes next: ':' for "3 to 4", '/' for "1 in 6" and
 * "2 out of 5"; or '\0'. */
char mathgrammar_ratio(const struct mathgrammar *g);

/* Words over words come next: \frac{\text{miles}}{\text{hour}}. */
int mathgrammar_unit_quotient(const struct mathgrammar *g);

/* Read a unit behind ${value}; ${value} itself where there is none. */
struct mathnode *mathgrammar_unit(struct mathgrammar *g,
    struct mathnode *value);

#endif
