/* Ball arithmetic over the expression tree. */
#include "lib/score/mathball.h"

#include "lib/score/mathcircular.h"
#include "lib/score/mathexact.h"

#define HUGE_BITS 50    /* of an exponent: what is larger is not computed */
#define ANGLE_BITS 4000 /* of an angle: its period takes as many more */

struct ball {
	struct mathwork *w;
	const struct mathpoint *p;
	slong precision;
	int angle; /* inside a trigonometric function's argument */
};

static int eval(struct ball *b, const struct mathnode *n, acb_t out);

static int
over(struct ball *b)
{
	return mathwork_fail(b->w, MATHWORK_OVER);
}

/* Account for a function of some microseconds. */
static int
spend(struct ball *b)
{
	size_t p = (size_t)b->precision;

	return mathwork_spend(b->w, 100 + p + p * p / 1000);
}

static int
too_large(const acb_t z, slong bits)
{
	return !acb_is_finite(z) ||
	    arf_cmpabs_2exp_si(arb_midref(acb_realref(z)), bits) > 0 ||
	    mag_cmp_2exp_si(arb_radref(acb_realref(z)), bits) > 0 ||
	    arf_cmpabs_2exp_si(arb_midref(acb_imagref(z)), HUGE_BITS) > 0;
}

static int
accumulate(struct ball *b, const struct mathnode *n, acb_t out)
{
	const struct mathnode *c;
	int rc = MATHPOINT_VALUE;
	acb_t z;

	acb_init(z);
	acb_set_si(out, n->kind == NODE_PRODUCT);
	for (c = n->child; c != NULL && rc == MATHPOINT_VALUE; c = c->next) {
		if ((rc = eval(b, c, z)) != MATHPOINT_VALUE)
			break;
		if (n->kind == NODE_PRODUCT)
			acb_mul(out, out, z, b->precision);
		else
			acb_add(out, out, z, b->precision);
	}
	acb_clear(z);
	return rc;
}

/* A power whose exponent is known to be the fraction ${e}. */
static int
rational_power(struct ball *b, acb_t z, const fmpq_t e)
{
	int odd = fmpz_is_odd(fmpq_numref(e));
	acb_t x;

	if (fmpz_bits(fmpq_numref(e)) > HUGE_BITS)
		return over(b);
	if (fmpz_is_one(fmpq_denref(e))) {
		acb_pow_fmpz(z, z, fmpq_numref(e), b->precision);
		return MATHPOINT_VALUE;
	}
	if (acb_is_real(z) && arb_is_negative(acb_realref(z)) &&
	    fmpz_is_odd(fmpq_denref(e)))
		acb_neg(z, z);
	else
		odd = 0;
	acb_init(x);
	acb_set_fmpq(x, e, b->precision);
	acb_pow(z, z, x, b->precision);
	if (odd)
		acb_neg(z, z);
	acb_clear(x);
	return MATHPOINT_VALUE;
}

static int
power(struct ball *b, const struct mathnode *n, acb_t out)
{
	fmpq_t e;
	acb_t x;
	int rc;

	fmpq_init(e);
	acb_init(x);
	rc = mathexact(b->w, n->last, b->p, e);
	if (rc == MATHPOINT_VALUE && n->kind == NODE_ROOT) {
		if (fmpq_is_zero(e))
			rc = MATHPOINT_UNDEFINED;
		else
			fmpq_inv(e, e);
	}
	if (rc == MATHPOINT_VALUE) {
		rc = eval(b, n->child, out);
		if (rc == MATHPOINT_VALUE && (rc = spend(b)) == 0)
			rc = rational_power(b, out, e);
	} else if (rc == MATHPOINT_INEXACT) {
		rc = eval(b, n->child, out);
		if (rc == MATHPOINT_VALUE)
			rc = eval(b, n->last, x);
		if (rc == MATHPOINT_VALUE &&
		    (too_large(x, HUGE_BITS) || spend(b) != 0))
			rc = over(b);
		if (rc == MATHPOINT_VALUE && n->kind == NODE_ROOT)
			acb_inv(x, x, b->precision);
		if (rc == MATHPOINT_VALUE)
			acb_pow(out, out, x, b->precision);
	}
	acb_clear(x);
	fmpq_clear(e);
	return rc;
}

static int
quotient(struct ball *b, const struct mathnode *n, acb_t out)
{
	acb_t z;
	int rc;

	acb_init(z);
	rc = eval(b, n->child, out);
	if (rc == MATHPOINT_VALUE)
		rc = eval(b, n->last, z);
	if (rc == MATHPOINT_VALUE && n->kind == NODE_LOG) {
		if ((rc = spend(b)) == 0) {
			acb_log(out, out, b->precision);
			acb_log(z, z, b->precision);
			rc = MATHPOINT_VALUE;
		}
	}
	if (rc == MATHPOINT_VALUE && acb_is_zero(z))
		rc = MATHPOINT_UNDEFINED;
	if (rc == MATHPOINT_VALUE)
		acb_div(out, out, z, b->precision);
	acb_clear(z);
	return rc;
}

/* n! by the gamma function; n over k by three of them. */
static int
gamma_of(struct ball *b, acb_t z)
{
	if (!acb_is_finite(z))
		return MATHPOINT_VALUE;
	if (arf_cmpabs_2exp_si(arb_midref(acb_realref(z)), 30) > 0 ||
	    arf_cmpabs_2exp_si(arb_midref(acb_imagref(z)), 30) > 0)
		return over(b);
	/* Stirling's series needs some precision's worth of shifts. */
	if (spend(b) != 0 || spend(b) != 0 || spend(b) != 0)
		return -1;
	acb_add_ui(z, z, 1, b->precision);
	acb_gamma(z, z, b->precision);
	return MATHPOINT_VALUE;
}

static int
factorial(struct ball *b, const struct mathnode *n, acb_t out)
{
	acb_t k, rest;
	int rc;

	if (n->kind == NODE_FACTORIAL) {
		rc = eval(b, n->child, out);
		return rc == MATHPOINT_VALUE ? gamma_of(b, out) : rc;
	}
	acb_init(k);
	acb_init(rest);
	rc = eval(b, n->child, out);
	if (rc == MATHPOINT_VALUE)
		rc = eval(b, n->last, k);
	if (rc == MATHPOINT_VALUE) {
		acb_sub(rest, out, k, b->precision);
		rc = gamma_of(b, out);
	}
	if (rc == MATHPOINT_VALUE)
		rc = gamma_of(b, k);
	if (rc == MATHPOINT_VALUE)
		rc = gamma_of(b, rest);
	if (rc == MATHPOINT_VALUE) {
		acb_mul(k, k, rest, b->precision);
		acb_div(out, out, k, b->precision);
	}
	acb_clear(k);
	acb_clear(rest);
	return rc;
}

static int
extreme(struct ball *b, const struct mathnode *n, acb_t out)
{
	const struct mathnode *c = n->child;
	int rc = eval(b, c, out);
	acb_t z;

	acb_init(z);
	while (rc == MATHPOINT_VALUE && (c = c->next) != NULL) {
		if ((rc = eval(b, c, z)) != MATHPOINT_VALUE)
			break;
		if (!acb_is_real(out) || !acb_is_real(z))
			rc = MATHPOINT_UNDEFINED;
		else if (n->id == FUNCTION_MAX)
			arb_max(acb_realref(out), acb_realref(out),
			    acb_realref(z), b->precision);
		else
			arb_min(acb_realref(out), acb_realref(out),
			    acb_realref(z), b->precision);
	}
	acb_clear(z);
	return rc;
}

static int
function(struct ball *b, const struct mathnode *n, acb_t out)
{
	int angle = b->angle, rc;

	if (n->id == FUNCTION_MAX || n->id == FUNCTION_MIN)
		return extreme(b, n, out);
	if (n->id == FUNCTION_GCD || n->id == FUNCTION_LCM)
		return MATHPOINT_UNDEFINED;
	b->angle = n->id <= FUNCTION_CSC;
	rc = eval(b, n->child, out);
	b->angle = angle;
	if (rc != MATHPOINT_VALUE || !acb_is_finite(out))
		return rc;
	if (n->id == FUNCTION_RE || n->id == FUNCTION_IM) {
		if (n->id == FUNCTION_IM)
			arb_swap(acb_realref(out), acb_imagref(out));
		arb_zero(acb_imagref(out));
		return rc;
	}
	if ((n->id != FUNCTION_LN && too_large(out, n->id <= FUNCTION_CSC
	    ? ANGLE_BITS : HUGE_BITS)) || spend(b) != 0)
		return over(b);
	mathcircular(n->id, out, b->precision);
	return rc;
}

static int
quantity(struct ball *b, const struct mathnode *n, acb_t out)
{
	struct mathpoint positive = {0, 0};
	int rc = eval(b, n->child, out);
	size_t i;
	fmpq_t q;
	acb_t z;

	if (rc != MATHPOINT_VALUE)
		return rc;
	acb_init(z);
	fmpq_init(q);
	if (mathunit_is(n->unit, "degree")) {
		if (b->angle) {
			acb_const_pi(z, b->precision);
			acb_mul(out, out, z, b->precision);
			acb_div_ui(out, out, 180, b->precision);
		}
	} else {
		for (i = 0; i < n->unit->count; i++) {
			mathpoint_value(n->unit->factor[i].name, &positive, q);
			fmpq_pow_si(q, q, n->unit->factor[i].power);
			acb_set_fmpq(z, q, b->precision);
			acb_mul(out, out, z, b->precision);
		}
	}
	fmpq_clear(q);
	acb_clear(z);
	return rc;
}

/* Floors of what is irrational: known where the ball has no integer in it. */
static int
rounding(struct ball *b, const struct mathnode *n, acb_t out)
{
	int rc = eval(b, n->child, out);

	if (rc != MATHPOINT_VALUE)
		return rc;
	if (!acb_is_real(out))
		return MATHPOINT_UNDEFINED;
	if (n->kind == NODE_FLOOR)
		arb_floor(acb_realref(out), acb_realref(out), b->precision);
	else
		arb_ceil(acb_realref(out), acb_realref(out), b->precision);
	return rc;
}

/* The child, changed by a sign, a hundredth, an absolute value. */
static int
changed(struct ball *b, const struct mathnode *n, acb_t out)
{
	int rc = eval(b, n->child, out);

	if (rc != MATHPOINT_VALUE)
		return rc;
	if (n->kind == NODE_ABSOLUTE) {
		acb_abs(acb_realref(out), out, b->precision);
		arb_zero(acb_imagref(out));
	} else if (n->kind == NODE_PERCENT) {
		acb_div_ui(out, out, 100, b->precision);
	} else if (n->kind == NODE_NEGATIVE ||
	    (b->p->signs >> n->id & 1) == (n->sign == '+')) {
		acb_neg(out, out);
	}
	return rc;
}

/* What is rational by itself. */
static int
exact(struct ball *b, const struct mathnode *n, acb_t out)
{
	fmpq_t q;
	int rc;

	fmpq_init(q);
	rc = mathexact(b->w, n, b->p, q);
	if (rc == MATHPOINT_VALUE)
		acb_set_fmpq(out, q, b->precision);
	fmpq_clear(q);
	return rc;
}

static int
eval(struct ball *b, const struct mathnode *n, acb_t out)
{
	int rc;

	if (mathwork_spend(b->w, 10 + (size_t)b->precision / 30) != 0)
		return -1;
	switch (n->kind) {
	case NODE_PI:
		acb_const_pi(out, b->precision);
		return MATHPOINT_VALUE;
	case NODE_E:
		arb_zero(acb_imagref(out));
		arb_const_e(acb_realref(out), b->precision);
		return MATHPOINT_VALUE;
	case NODE_I:
		acb_onei(out);
		return MATHPOINT_VALUE;
	case NODE_SUM:
	case NODE_PRODUCT:
		return accumulate(b, n, out);
	case NODE_QUOTIENT:
	case NODE_LOG:
		return quotient(b, n, out);
	case NODE_POWER:
	case NODE_ROOT:
		return power(b, n, out);
	case NODE_FLOOR:
	case NODE_CEILING:
		rc = exact(b, n, out);
		return rc == MATHPOINT_INEXACT ? rounding(b, n, out) : rc;
	case NODE_FACTORIAL:
	case NODE_BINOMIAL:
		rc = exact(b, n, out);
		return rc == MATHPOINT_INEXACT ? factorial(b, n, out) : rc;
	case NODE_NEGATIVE:
	case NODE_ABSOLUTE:
	case NODE_PERCENT:
	case NODE_PM:
		return changed(b, n, out);
	case NODE_FUNCTION:
		return function(b, n, out);
	case NODE_QUANTITY:
		return quantity(b, n, out);
	default:
		rc = exact(b, n, out);
		return rc == MATHPOINT_INEXACT ? MATHPOINT_UNDEFINED : rc;
	}
}

int
mathball(struct mathwork *w, const struct mathnode *n,
    const struct mathpoint *p, slong precision, acb_t out)
{
	struct ball b = {w, p, precision, 0};

	return eval(&b, n, out);
}
