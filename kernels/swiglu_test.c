/* SwiGLU against double precision and finite differences. */
#include "kernels/isa_test.h"

static double
reference(double g, double u)
{
	return g / (1 + exp(-g)) * u;
}

static void
check(struct kernels *k, enum dtype type, size_t T, size_t F)
{
	float *values = isa_random(T * 2 * F, 6, 1);
	float *dout = isa_random(T * F, 1, 2);
	void *in = isa_typed(values, type, T * 2 * F);
	void *out = isa_alloc(T * F * isa_size(type));
	void *din = isa_alloc(T * 2 * F * isa_size(type));
	/* bfloat16 keeps 8 bits; fp32: the exponential's 2 ulp and its own. */
	double tolerance = type == DTYPE_BF16 ? 1.0 / 256 : 2e-6, h = 1e-4;

	k->swiglu_forward(k, out, in, type, T, F);
	k->swiglu_backward(k, din, dout, in, type, T, F);
	for (size_t t = 0; t < T; t++)
		for (size_t f = 0; f < F; f++) {
			size_t i = t * 2 * F + f, j = i + F, o = t * F + f;
			double g = values[i], u = values[j];
			double dg = (reference(g + h, u) -
			    reference(g - h, u)) / (2 * h);

			isa_near(isa_get(out, type, o), reference(g, u),
			    tolerance);
			isa_near(isa_get(din, type, i), dout[o] * dg,
			    tolerance);
			isa_near(isa_get(din, type, j),
			    dout[o] * reference(g, 1), tolerance);
		}
	free(values);
	free(dout);
	free(in);
	free(out);
	free(din);
}

static void
test_reference(void **state)
{
	static const struct { size_t T, F; } shapes[] = {
		{1, 1}, {3, 17}, {2, 64}, {60, 203},
	};
	struct kernels *k = isa_open(state, 2);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		check(k, DTYPE_F32, shapes[i].T, shapes[i].F);
		check(k, DTYPE_BF16, shapes[i].T, shapes[i].F);
	}
	k->close(k);
}

/* Gates so large that the exponential saturates: still finite and right. */
static void
test_extremes(void **state)
{
	struct kernels *k = isa_open(state, 1);
	float in[4] = {-200, 200, 3, 3}, dout[2] = {1, 1}, out[2], din[4];

	k->swiglu_forward(k, out, in, DTYPE_F32, 1, 2);
	k->swiglu_backward(k, din, dout, in, DTYPE_F32, 1, 2);
	isa_near(out[0], 0, 1e-30);
	isa_near(out[1], 600, 1e-7);
	isa_near(din[0], 0, 1e-30);
	isa_near(din[1], 3, 1e-7);
	isa_near(din[2], 0, 1e-30);
	isa_near(din[3], 200, 1e-7);
	k->close(k);
}

static void
test_invariance(void **state)
{
	enum { T = 60, F = 203 };
	float *in = isa_random(T * 2 * F, 4, 1);
	float *dout = isa_random(T * F, 1, 2);
	float *out[4], *din[4];
	struct kernels *k;

	for (int n = 1; n <= 3; n++) {
		k = isa_open(state, n);
		out[n] = isa_alloc(T * F * sizeof(float));
		din[n] = isa_alloc(T * 2 * F * sizeof(float));
		k->swiglu_forward(k, out[n], in, DTYPE_F32, T, F);
		k->swiglu_backward(k, din[n], dout, in, DTYPE_F32, T, F);
		k->close(k);
		assert_memory_equal(out[n], out[1], T * F * sizeof(float));
		assert_memory_equal(din[n], din[1], T * 2 * F * sizeof(float));
	}
	k = isa_open(state, 2);
	for (size_t t = 0; t < T; t++) {
		k->swiglu_forward(k, out[2], in + t * 2 * F, DTYPE_F32, 1, F);
		assert_memory_equal(out[2], out[1] + t * F, F * sizeof(float));
	}
	k->close(k);
	for (int n = 1; n <= 3; n++) {
		free(out[n]);
		free(din[n]);
	}
	free(in);
	free(dout);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_reference),
		ISA_TEST(test_extremes),
		ISA_TEST(test_invariance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
