/* Trigonometric, hyperbolic and exponential functions of balls. */
#include "lib/score/mathcircular.h"

#include "lib/score/mathtoken.h"

void
mathcircular(int id, acb_t z, slong p)
{
	static void (*const functions[])(acb_t, const acb_t, slong) = {
	    [FUNCTION_SIN] = acb_sin, [FUNCTION_COS] = acb_cos,
	    [FUNCTION_TAN] = acb_tan, [FUNCTION_COT] = acb_cot,
	    [FUNCTION_SEC] = acb_sec, [FUNCTION_CSC] = acb_csc,
	    [FUNCTION_SINH] = acb_sinh, [FUNCTION_COSH] = acb_cosh,
	    [FUNCTION_TANH] = acb_tanh, [FUNCTION_COTH] = acb_coth,
	    [FUNCTION_SECH] = acb_sech, [FUNCTION_CSCH] = acb_csch,
	    [FUNCTION_ASIN] = acb_asin, [FUNCTION_ACOS] = acb_acos,
	    [FUNCTION_ATAN] = acb_atan, [FUNCTION_ASEC] = acb_acos,
	    [FUNCTION_ACSC] = acb_asin, [FUNCTION_ACOT] = acb_atan,
	    [FUNCTION_ASINH] = acb_asinh, [FUNCTION_ACOSH] = acb_acosh,
	    [FUNCTION_ATANH] = acb_atanh, [FUNCTION_EXP] = acb_exp,
	    [FUNCTION_LN] = acb_log};
	acb_t right;

	if (id == FUNCTION_ASEC || id == FUNCTION_ACSC)
		acb_inv(z, z, p);
	functions[id](z, z, p);
	if (id == FUNCTION_ACOT) {
		acb_init(right);
		acb_const_pi(right, p);
		acb_mul_2exp_si(right, right, -1);
		acb_sub(z, right, z, p);
		acb_clear(right);
	}
}
