/* What an expression weighs: how close to another its sizes can bring it. */
#include "lib/score/mathweight.h"

#include "lib/score/mathball.h"

/* An upper bound of |n|, as an integer of at least 1. */
static long
size(struct mathwork *w, const struct mathnode *n, const struct mathpoint *p)
{
	long bound = MATHWEIGHT_MOST;
	acb_t z;
	mag_t m;

	acb_init(z);
	mag_init(m);
	if (mathball(w, n, p, 64, z) == MATHPOINT_VALUE && acb_is_finite(z)) {
		acb_get_mag(m, z);
		if (mag_cmp_2exp_si(m, 19) < 0)
			bound = 1 + (long)mag_get_d(m);
	}
	acb_clear(z);
	mag_clear(m);
	return bound;
}

static int
exponential(int id)
{
	return id == FUNCTION_EXP || (id >= FUNCTION_SINH &&
	    id <= FUNCTION_CSCH);
}

static long
least(long a, long b)
{
	return a < b ? a : b;
}

long
mathweight(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p)
{
	const struct mathnode *c;
	long sum = 2, factor = 1; /* e and pi have two bits */

	if (mathwork_spend(w, 3) != 0)
		return MATHWEIGHT_MOST;
	if (n->kind == NODE_NUMBER || n->kind == NODE_BASED)
		return (long)(fmpz_bits(fmpq_numref(n->value)) +
		    fmpz_bits(fmpq_denref(n->value)) - 1);
	if (n->kind == NODE_POWER)
		return least(mathweight(w, n->child, p) * size(w, n->last, p) +
		    mathweight(w, n->last, p), MATHWEIGHT_MOST);
	if (n->kind == NODE_FACTORIAL || n->kind == NODE_BINOMIAL)
		factor = size(w, n->child, p);
	for (c = n->child; c != NULL; c = c->next)
		sum = least(sum + mathweight(w, c, p), MATHWEIGHT_MOST);
	if (n->kind == NODE_FUNCTION && exponential(n->id))
		sum += 3 * size(w, n->child, p);
	return least(sum * factor, MATHWEIGHT_MOST);
}
