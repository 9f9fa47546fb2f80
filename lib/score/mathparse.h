#ifndef SCORE_MATHPARSE_H
#define SCORE_MATHPARSE_H

#include "lib/score/mathnode.h"

/*
 * mathparse(w, row, count, units):
 * The expression that the ${count} tokens (trimmed) mean, or NULL: ${w} says
 * why.  With ${units}, single letters behind a number are units where they can
 * be ("5 m").  The grammar, loosest first:
 *
 *	answer    choice | list
 *	list      relation ((, | ; | and | or) relation)*
 *	relation  union ((= | < | > | <= | >= | != | in) union)*
 *	union     ratio ((cup | cap | setminus) ratio)*
 *	ratio     infix (: infix)*
 *	infix     sum [(\over | \choose) sum]
 *	sum       [+ | - | pm | mp] product ((+ | - | pm | mp) product)*
 *	product   factor ((cdot | * | /) factor | factor)* [unit]
 *	factor    atom (^ argument | ! | % | degree)*
 *
 * Arguments without braces are read as TeX does: \frac12 is one half, and
 * x^10, which TeX sets as x^1 0, is unreadable.
 */
struct mathnode *mathparse(struct mathwork *w, const struct mathtoken *row,
    size_t count, int units);

#endif
