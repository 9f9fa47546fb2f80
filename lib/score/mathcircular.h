#ifndef SCORE_MATHCIRCULAR_H
#define SCORE_MATHCIRCULAR_H

#include <acb.h>

/*
 * Set ${z} to the function ${id} of it, an enum mathtoken_function from
 * FUNCTION_SIN to FUNCTION_LN, to ${p} bits.  Principal branches; arccot lies
 * in (0, pi) for real numbers.
 */
void mathcircular(int id, acb_t z, slong p);

#endif
