/* Exact rational arithmetic; sizes are checked before they are computed. */
#include "lib/score/mathexact.h"

#define BITS 40000   /* of a numerator or denominator */
#define FACTORIAL 3500 /* the largest within these bits */

static slong
bits(const fmpq_t q)
{
	slong a = (slong)fmpz_bits(fmpq_numref(q));
	slong b = (slong)fmpz_bits(fmpq_denref(q));

	return a > b ? a : b;
}

/* Account for an operation on numbers of so many bits. */
static int
spend(struct mathwork *w, slong n)
{
	size_t limbs = (size_t)n / 64;

	return mathwork_spend(w, 3 + limbs + limbs * limbs / 7);
}

static int
pair(struct mathwork *w, const struct mathnode *n, const struct mathpoint *p,
    fmpq_t a, fmpq_t b)
{
	int rc = mathexact(w, n->child, p, a);

	return rc == MATHPOINT_VALUE ? mathexact(w, n->last, p, b) : rc;
}

static int
accumulate(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	const struct mathnode *c;
	fmpq_t q;
	int rc = MATHPOINT_VALUE;

	fmpq_init(q);
	fmpq_set_si(out, n->kind == NODE_PRODUCT, 1);
	for (c = n->child; c != NULL && rc == MATHPOINT_VALUE; c = c->next) {
		rc = mathexact(w, c, p, q);
		if (rc != MATHPOINT_VALUE)
			break;
		if (bits(out) + bits(q) > BITS)
			rc = MATHPOINT_INEXACT;
		else if (spend(w, bits(out) + bits(q)) != 0)
			rc = -1;
		else if (n->kind == NODE_PRODUCT)
			fmpq_mul(out, out, q);
		else
			fmpq_add(out, out, q);
	}
	fmpq_clear(q);
	return rc;
}

static int
quotient(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	fmpq_t q;
	int rc;

	fmpq_init(q);
	rc = pair(w, n, p, out, q);
	if (rc == MATHPOINT_VALUE && fmpq_is_zero(q))
		rc = MATHPOINT_UNDEFINED;
	if (rc == MATHPOINT_VALUE && bits(out) + bits(q) > BITS)
		rc = MATHPOINT_INEXACT;
	if (rc == MATHPOINT_VALUE && (rc = spend(w, bits(out) + bits(q))) == 0)
		rc = MATHPOINT_VALUE;
	if (rc == MATHPOINT_VALUE)
		fmpq_div(out, out, q);
	fmpq_clear(q);
	return rc;
}

/* The k-th root where it is rational. */
static int
take_root(struct mathwork *w, fmpq_t q, const fmpz_t degree)
{
	fmpz_t top, bottom;
	slong k;
	int rc = MATHPOINT_INEXACT;

	if (fmpz_cmp_si(degree, 1) < 0 || fmpz_cmp_si(degree, 1000) > 0)
		return MATHPOINT_INEXACT;
	k = fmpz_get_si(degree);
	if (fmpq_sgn(q) < 0 && k % 2 == 0)
		return MATHPOINT_INEXACT;
	if (mathwork_spend(w, 20) != 0 || spend(w, bits(q)) != 0)
		return -1;
	fmpz_init(top);
	fmpz_init(bottom);
	if (fmpz_root(top, fmpq_numref(q), k) &&
	    fmpz_root(bottom, fmpq_denref(q), k)) {
		fmpq_set_fmpz_frac(q, top, bottom);
		rc = MATHPOINT_VALUE;
	}
	fmpz_clear(top);
	fmpz_clear(bottom);
	return rc;
}

static int
take_power(struct mathwork *w, fmpq_t q, const fmpz_t e)
{
	slong k;

	if (fmpq_is_zero(q) && fmpz_sgn(e) < 0)
		return MATHPOINT_UNDEFINED;
	if (fmpz_sgn(e) == 0 || (fmpq_is_pm1(q) && fmpz_is_even(e))) {
		fmpq_one(q);
		return MATHPOINT_VALUE;
	}
	if (fmpq_is_zero(q) || fmpq_is_pm1(q))
		return MATHPOINT_VALUE;
	if (fmpz_cmpabs(e, (fmpz[]){BITS}) > 0)
		return MATHPOINT_INEXACT;
	k = fmpz_get_si(e);
	if ((k < 0 ? -k : k) * bits(q) > BITS)
		return MATHPOINT_INEXACT;
	if (spend(w, (k < 0 ? -k : k) * bits(q)) != 0)
		return -1;
	fmpq_pow_si(q, q, k);
	return MATHPOINT_VALUE;
}

static int
power(struct mathwork *w, const struct mathnode *n, const struct mathpoint *p,
    fmpq_t out)
{
	fmpq_t e;
	int rc;

	fmpq_init(e);
	rc = pair(w, n, p, out, e);
	if (rc == MATHPOINT_VALUE && n->kind == NODE_ROOT) {
		rc = fmpz_is_one(fmpq_denref(e))
		    ? take_root(w, out, fmpq_numref(e))
		    : MATHPOINT_INEXACT;
	} else if (rc == MATHPOINT_VALUE) {
		if (!fmpz_is_one(fmpq_denref(e)))
			rc = take_root(w, out, fmpq_denref(e));
		if (rc == MATHPOINT_VALUE)
			rc = take_power(w, out, fmpq_numref(e));
	}
	fmpq_clear(e);
	return rc;
}

static int
rounding(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	int rc = mathexact(w, n->child, p, out);

	if (rc != MATHPOINT_VALUE)
		return rc;
	if (spend(w, bits(out)) != 0)
		return -1;
	if (n->kind == NODE_FLOOR)
		fmpz_fdiv_q(fmpq_numref(out), fmpq_numref(out),
		    fmpq_denref(out));
	else
		fmpz_cdiv_q(fmpq_numref(out), fmpq_numref(out),
		    fmpq_denref(out));
	fmpz_one(fmpq_denref(out));
	return rc;
}

/* A natural number that fits, or -1. */
static slong
natural(const fmpq_t q)
{
	if (!fmpz_is_one(fmpq_denref(q)) || fmpz_sgn(fmpq_numref(q)) < 0 ||
	    fmpz_bits(fmpq_numref(q)) > 60)
		return -1;
	return fmpz_get_si(fmpq_numref(q));
}

static int
factorial(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	int rc = mathexact(w, n->child, p, out);
	slong k;

	if (rc != MATHPOINT_VALUE)
		return rc;
	k = natural(out);
	if (k < 0 || k > FACTORIAL)
		return MATHPOINT_INEXACT;
	if (spend(w, 12 * k) != 0)
		return -1;
	fmpz_fac_ui(fmpq_numref(out), (ulong)k);
	fmpz_one(fmpq_denref(out));
	return rc;
}

static int
binomial(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	fmpq_t q;
	slong a, b, few;
	int rc;

	fmpq_init(q);
	rc = pair(w, n, p, out, q);
	a = rc == MATHPOINT_VALUE ? natural(out) : -1;
	b = rc == MATHPOINT_VALUE ? natural(q) : -1;
	few = b < a - b ? b : a - b;
	if (rc != MATHPOINT_VALUE)
		;
	else if (a < 0 || b < 0 ||
	    (few > 0 && few * (slong)fmpz_bits(fmpq_numref(out)) > BITS)) {
		rc = MATHPOINT_INEXACT;
	} else if (few < 0) {
		fmpq_zero(out);
	} else if (spend(w, few * (slong)fmpz_bits(fmpq_numref(out))) != 0) {
		rc = -1;
	} else {
		fmpz_bin_uiui(fmpq_numref(out), (ulong)a, (ulong)few);
	}
	fmpq_clear(q);
	return rc;
}

static void
combine(fmpq_t out, const fmpq_t q, int id)
{
	if (id == FUNCTION_MAX ? fmpq_cmp(q, out) > 0
	    : id == FUNCTION_MIN ? fmpq_cmp(q, out) < 0 : 0)
		fmpq_set(out, q);
	else if (id == FUNCTION_GCD)
		fmpz_gcd(fmpq_numref(out), fmpq_numref(out), fmpq_numref(q));
	else if (id == FUNCTION_LCM)
		fmpz_lcm(fmpq_numref(out), fmpq_numref(out), fmpq_numref(q));
}

static int
function(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	const struct mathnode *c = n->child;
	int rc, whole = n->id == FUNCTION_GCD || n->id == FUNCTION_LCM;
	fmpq_t q;

	if (n->id < FUNCTION_MAX || n->id > FUNCTION_LCM)
		return MATHPOINT_INEXACT;
	fmpq_init(q);
	rc = mathexact(w, c, p, out);
	while (rc == MATHPOINT_VALUE && (c = c->next) != NULL) {
		if ((rc = mathexact(w, c, p, q)) != MATHPOINT_VALUE)
			break;
		if (bits(out) + bits(q) > BITS || (whole &&
		    (!fmpz_is_one(fmpq_denref(out)) ||
		    !fmpz_is_one(fmpq_denref(q)))))
			rc = MATHPOINT_UNDEFINED;
		else if (spend(w, bits(out) + bits(q)) != 0)
			rc = -1;
		else
			combine(out, q, n->id);
	}
	fmpq_clear(q);
	return rc;
}

/* The sign, absolute value, hundredth of the only child. */
static int
changed(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	int rc = mathexact(w, n->child, p, out);

	if (rc != MATHPOINT_VALUE)
		return rc;
	if (n->kind == NODE_ABSOLUTE)
		fmpq_abs(out, out);
	else if (n->kind == NODE_PERCENT && bits(out) > BITS)
		return MATHPOINT_INEXACT;
	else if (n->kind == NODE_PERCENT)
		fmpq_div_fmpz(out, out, (fmpz[]){100});
	else if (n->kind == NODE_NEGATIVE ||
	    (p->signs >> n->id & 1) == (n->sign == '+'))
		fmpq_neg(out, out);
	return rc;
}

int
mathexact(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, fmpq_t out)
{
	if (mathwork_spend(w, 3) != 0)
		return -1;
	switch (n->kind) {
	case NODE_NUMBER:
	case NODE_BASED:
		fmpq_set(out, n->value);
		return MATHPOINT_VALUE;
	case NODE_SYMBOL:
	case NODE_TEXT:
		mathpoint_value(n->name, p, out);
		return MATHPOINT_VALUE;
	case NODE_SUM:
	case NODE_PRODUCT:
		return accumulate(w, n, p, out);
	case NODE_QUOTIENT:
		return quotient(w, n, p, out);
	case NODE_POWER:
	case NODE_ROOT:
		return power(w, n, p, out);
	case NODE_FACTORIAL:
		return factorial(w, n, p, out);
	case NODE_BINOMIAL:
		return binomial(w, n, p, out);
	case NODE_FLOOR:
	case NODE_CEILING:
		return rounding(w, n, p, out);
	case NODE_NEGATIVE:
	case NODE_ABSOLUTE:
	case NODE_PERCENT:
	case NODE_PM:
		return changed(w, n, p, out);
	case NODE_QUANTITY:
		return mathunit_is(n->unit, "degree")
		    ? mathexact(w, n->child, p, out) : MATHPOINT_INEXACT;
	case NODE_FUNCTION:
		return function(w, n, p, out);
	case NODE_PI:
	case NODE_E:
	case NODE_I:
	case NODE_LOG:
		return MATHPOINT_INEXACT;
	default:
		return MATHPOINT_UNDEFINED;
	}
}
