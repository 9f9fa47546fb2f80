/* Equality and order of scalars. */
#include "lib/score/mathscalar.h"

#include "lib/score/mathball.h"
#include "lib/score/mathexact.h"
#include "lib/score/mathweight.h"

#define AGREE_CONSTANT 1000 /* bits */
#define AGREE_VARIABLE 100  /* at each of several points */
#define GUARD 280           /* bits more than must agree */
#define PRECISION 16384     /* at most */

enum { DIFFERENT, SAME, SKIP };

int
mathscalar_infinite(struct mathvalue a)
{
	int sign = 1;

	for (; a.n->kind == NODE_NEGATIVE || a.n->kind == NODE_PM;
	    a.n = a.n->child)
		if (a.n->kind == NODE_NEGATIVE ||
		    (a.signs >> a.n->id & 1) == (a.n->sign == '+'))
			sign = -sign;
	return a.n->kind == NODE_INFINITY ? sign : 0;
}

int
mathscalar_constant(const struct mathnode *n)
{
	const struct mathnode *c;

	if (n->kind == NODE_SYMBOL || n->kind == NODE_TEXT)
		return 0;
	for (c = n->child; c != NULL; c = c->next)
		if (!mathscalar_constant(c))
			return 0;
	return 1;
}

int
mathscalar_mentions(const struct mathnode *n, struct span name)
{
	const struct mathnode *c;

	if (n->kind == NODE_SYMBOL && span_equal(n->name, name))
		return 1;
	for (c = n->child; c != NULL; c = c->next)
		if (mathscalar_mentions(c, name))
			return 1;
	return 0;
}

/* Whether |a - b| <= 2^-bits of the larger, or of 1 where both may be 0. */
static int
agree(const acb_t a, const acb_t b, slong bits)
{
	mag_t d, x, y;
	acb_t z;
	int rc;

	mag_init(d);
	mag_init(x);
	mag_init(y);
	acb_init(z);
	acb_sub(z, a, b, 2 * bits);
	acb_get_mag(d, z);
	acb_get_mag_lower(x, a);
	acb_get_mag_lower(y, b);
	mag_max(x, x, y);
	if (mag_is_zero(x))
		mag_one(x);
	mag_mul_2exp_si(x, x, -bits);
	rc = mag_cmp(d, x) <= 0;
	mag_clear(d);
	mag_clear(x);
	mag_clear(y);
	acb_clear(z);
	return rc;
}

static int
real(const acb_t z)
{
	return arb_contains_zero(acb_imagref(z));
}

/* One step of the ladder, equal where ${bits} agree (0: never); 3 where a
 * higher precision may tell. */
static int
compare(const acb_t x, const acb_t y, int only_real, slong bits)
{
	if (!acb_is_finite(x) || !acb_is_finite(y))
		return 3;
	if (only_real && (!real(x) || !real(y)))
		return SKIP;
	if (!acb_overlaps(x, y))
		return DIFFERENT;
	return bits > 0 && agree(x, y, bits) ? SAME : 3;
}

static int
by_balls(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    const struct mathpoint *p, int constant)
{
	struct mathpoint pa = {a.signs, p->index}, pb = {b.signs, p->index};
	slong bits = 64, agreed = 0;
	int rc = 3, only_real = p->index >= MATHPOINT_POSITIVE, finite = 0;
	acb_t x, y;
	size_t i;

	acb_init(x);
	acb_init(y);
	for (i = 0; i < 3 && rc == 3; i++) {
		rc = mathball(w, a.n, &pa, bits, x);
		if (rc == MATHPOINT_VALUE)
			rc = mathball(w, b.n, &pb, bits, y);
		if (rc != MATHPOINT_VALUE) {
			rc = rc < 0 ? -1 : SKIP;
			break;
		}
		finite = acb_is_finite(x) && acb_is_finite(y);
		rc = compare(x, y, only_real, agreed);
		if (rc == 3 && agreed == 0) {
			agreed = constant ? AGREE_CONSTANT : AGREE_VARIABLE;
			agreed += mathweight(w, a.n, &pa) +
			    mathweight(w, b.n, &pb);
			bits = agreed + GUARD;
		} else {
			bits *= 4;
		}
		bits = bits > PRECISION ? PRECISION : bits;
	}
	acb_clear(x);
	acb_clear(y);
	if (rc == 3)
		return finite ? mathwork_fail(w, MATHWORK_OVER) : SKIP;
	return rc;
}

static int
at_point(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    const struct mathpoint *p, int constant)
{
	struct mathpoint pa = {a.signs, p->index}, pb = {b.signs, p->index};
	int rc, other = MATHPOINT_VALUE;
	fmpq_t x, y;

	fmpq_init(x);
	fmpq_init(y);
	rc = mathexact(w, a.n, &pa, x);
	if (rc == MATHPOINT_VALUE || rc == MATHPOINT_INEXACT)
		other = mathexact(w, b.n, &pb, y);
	if (rc < 0 || other < 0)
		rc = -1;
	else if (rc == MATHPOINT_UNDEFINED || other == MATHPOINT_UNDEFINED)
		rc = SKIP;
	else if (rc == MATHPOINT_INEXACT || other == MATHPOINT_INEXACT)
		rc = by_balls(w, a, b, p, constant);
	else
		rc = fmpq_equal(x, y) ? SAME : DIFFERENT;
	fmpq_clear(x);
	fmpq_clear(y);
	return rc;
}

static int
close_enough(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	struct mathpoint pa = {a.signs, 0}, pb = {b.signs, 0};
	acb_t x, y, d;
	arb_t size, bound;
	int rc = 0;

	acb_init(x);
	acb_init(y);
	acb_init(d);
	arb_init(size);
	arb_init(bound);
	if (mathball(w, a.n, &pa, 128, x) == MATHPOINT_VALUE &&
	    mathball(w, b.n, &pb, 128, y) == MATHPOINT_VALUE &&
	    acb_is_finite(x) && acb_is_finite(y)) {
		acb_sub(d, x, y, 128);
		acb_abs(acb_realref(d), d, 128);
		acb_abs(size, x, 128);
		acb_abs(bound, y, 128);
		arb_max(size, size, bound, 128);
		arb_set_d(bound, tolerance);
		arb_mul(bound, bound, size, 128);
		rc = !arb_gt(acb_realref(d), bound);
	}
	acb_clear(x);
	acb_clear(y);
	acb_clear(d);
	arb_clear(size);
	arb_clear(bound);
	return w->failure == MATHWORK_FINE ? rc : -1;
}

int
mathscalar_same(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    double tolerance)
{
	int x = mathscalar_infinite(a), y = mathscalar_infinite(b), rc;
	int constant, known = 0;
	struct mathpoint p = {0, 0};

	if (x != 0 || y != 0)
		return x == y;
	constant = mathscalar_constant(a.n) && mathscalar_constant(b.n);
	for (; p.index < (constant ? 1 : MATHPOINT_COUNT); p.index++) {
		rc = at_point(w, a, b, &p, constant);
		if (rc == DIFFERENT && constant && tolerance > 0)
			return close_enough(w, a, b, tolerance);
		if (rc == DIFFERENT || rc < 0)
			return rc;
		known |= rc == SAME && p.index < MATHPOINT_POSITIVE;
	}
	return known;
}

static int
order_by_balls(struct mathwork *w, struct mathvalue a, struct mathvalue b)
{
	struct mathpoint pa = {a.signs, 0}, pb = {b.signs, 0};
	int rc = 2;
	acb_t x, y;

	acb_init(x);
	acb_init(y);
	if (mathball(w, a.n, &pa, 256, x) == MATHPOINT_VALUE &&
	    mathball(w, b.n, &pb, 256, y) == MATHPOINT_VALUE &&
	    real(x) && real(y)) {
		if (arb_lt(acb_realref(x), acb_realref(y)))
			rc = -1;
		else if (arb_gt(acb_realref(x), acb_realref(y)))
			rc = 1;
		else if (mathscalar_same(w, a, b, 0) == 1)
			rc = 0;
	}
	acb_clear(x);
	acb_clear(y);
	return rc;
}

int
mathscalar_order(struct mathwork *w, struct mathvalue a, struct mathvalue b)
{
	int x = mathscalar_infinite(a), y = mathscalar_infinite(b), rc;
	struct mathpoint pa = {a.signs, 0}, pb = {b.signs, 0};
	fmpq_t p, q;

	if (x != 0 || y != 0)
		return (x > y) - (x < y);
	if (!mathscalar_constant(a.n) || !mathscalar_constant(b.n))
		return 2;
	fmpq_init(p);
	fmpq_init(q);
	if (mathexact(w, a.n, &pa, p) == MATHPOINT_VALUE &&
	    mathexact(w, b.n, &pb, q) == MATHPOINT_VALUE) {
		rc = fmpq_cmp(p, q);
		rc = (rc > 0) - (rc < 0);
	} else {
		rc = order_by_balls(w, a, b);
	}
	fmpq_clear(p);
	fmpq_clear(q);
	return rc;
}

/* a - b at a point, or 0 where it isn't known to be defined and not 0. */
static int
difference(struct mathwork *w, struct mathvalue a, struct mathvalue b,
    unsigned index, slong bits, acb_t out)
{
	struct mathpoint pa = {a.signs, index}, pb = {b.signs, index};
	acb_t z;
	int rc;

	acb_init(z);
	rc = mathball(w, a.n, &pa, bits, out) == MATHPOINT_VALUE &&
	    mathball(w, b.n, &pb, bits, z) == MATHPOINT_VALUE;
	if (rc) {
		acb_sub(out, out, z, bits);
		rc = acb_is_finite(out) && !acb_contains_zero(out);
	}
	acb_clear(z);
	return rc;
}

int
mathscalar_proportional(struct mathwork *w, struct mathvalue a,
    struct mathvalue b, struct mathvalue c, struct mathvalue d)
{
	struct mathpoint p = {0, 0};
	slong agreed = AGREE_VARIABLE + mathweight(w, a.n, &p) +
	    mathweight(w, b.n, &p) + mathweight(w, c.n, &p) +
	    mathweight(w, d.n, &p);
	slong bits = agreed + 400;
	acb_t x, y, ratio;
	unsigned i;
	int rc = 1;

	if (bits > PRECISION)
		return mathwork_fail(w, MATHWORK_OVER), 0;

	acb_init(x);
	acb_init(y);
	acb_init(ratio);
	for (i = 0; i < MATHPOINT_COUNT && rc != 0; i++) {
		if (!difference(w, a, b, i, bits, x) ||
		    !difference(w, c, d, i, bits, y)) {
			rc = 0;
			break;
		}
		acb_div(x, x, y, bits);
		if (i == 0) {
			acb_set(ratio, x);
			rc = arb_is_negative(acb_realref(x)) ? -1 : 1;
		} else if (i >= MATHPOINT_POSITIVE && !real(x)) {
			continue;
		} else if (!acb_overlaps(x, ratio) ||
		    !agree(x, ratio, agreed)) {
			rc = 0;
		}
	}
	acb_clear(x);
	acb_clear(y);
	acb_clear(ratio);
	return w->failure == MATHWORK_FINE ? rc : 0;
}
