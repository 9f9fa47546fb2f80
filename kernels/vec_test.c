/* The vector's exponential, in each instruction set, against libm's. */
#include "kernels/isa_test.h"

#define ISA portable
#include "kernels/cpu/isa/softmax.h"

#ifdef __x86_64__
void softmax_weights_avx2(float *, const struct softmax *, const float *,
    size_t);
void softmax_weights_avx512(float *, const struct softmax *, const float *,
    size_t);
#endif

/* out (LANES) = e^in, through the operation that is nothing else. */
static void
vexp(void **state, float *out, const float *in)
{
	const struct softmax s = {.max = 0, .inverse = 1};

#ifdef __x86_64__
	if (strcmp(*state, "avx2") == 0) {
		softmax_weights_avx2(out, &s, in, LANES);
		return;
	}
	if (strcmp(*state, "avx512") == 0) {
		softmax_weights_avx512(out, &s, in, LANES);
		return;
	}
#endif
	softmax_weights_portable(out, &s, in, LANES);
}

/* All of -87.3 … 87.3 in steps of some thousand neighbours, within 2 ulp. */
static void
test_exp_accuracy(void **state)
{
	struct kernels *k = isa_open(state, 1);

	k->close(k);
	for (uint32_t sign = 0; sign < 2; sign++)
		for (uint32_t u = 0x30000000; u < 0x42AE6000; u += 16 * 997) {
			float in[LANES], out[LANES];

			for (uint32_t i = 0; i < LANES; i++) {
				uint32_t bits = (u + i * 997) | sign << 31;

				memcpy(&in[i], &bits, sizeof(bits));
			}
			vexp(state, out, in);
			for (size_t i = 0; i < LANES; i++) {
				float want = (float)exp((double)in[i]);
				double ulp = nextafterf(want, INFINITY) - want;

				if (fabs(out[i] - exp((double)in[i])) >
				    2 * ulp)
					fail_msg("exp(%.9g): %.9g, not %.9g",
					    in[i], out[i], want);
			}
		}
}

static void
test_exp_special(void **state)
{
	struct kernels *k = isa_open(state, 1);
	float in[LANES] = {0, -0.0f, -87.4f, -1000, -INFINITY, NAN, 88, 1000,
	    INFINITY, -87.3f};
	float out[LANES];

	k->close(k);
	vexp(state, out, in);
	assert_true(out[0] == 1 && out[1] == 1);
	assert_true(out[2] == 0 && out[3] == 0 && out[4] == 0);
	assert_true(out[5] != out[5]);
	isa_near(out[6], exp(88), 1e-6);
	assert_true(out[7] == out[6] && out[8] == out[6]);
	assert_true(out[9] > 0);
}

/* The portable sums, maxima and tails. */
static void
test_lanes(void **state)
{
	float a[LANES], out[LANES];

	(void)state;
	for (int i = 0; i < LANES; i++)
		a[i] = (float)(i * 7 % 16) - 20;
	assert_true(vf_sum(vf_load(a)) == 120 - 320);
	assert_true(vf_hmax(vf_load(a)) == -5);
	for (int i = 0; i < LANES; i++) {
		vf v = vf_set(0);

		v[i] = 1;
		assert_true(vi_bits(v > 0.5f) == 1U << i);
		assert_true(vf_reach(v, vf_set(1)) == 1U << i);
		v[i] = NAN;
		assert_true(vf_reach(v, vf_set(1)) == 1U << i);
	}
	assert_true(vi_bits(vf_load(a) > 0.0f) == 0);
	assert_true(vf_reach(vf_load(a), vf_load(a)) == 0xFFFF);
	for (size_t n = 0; n <= LANES; n++) {
		float *exact = isa_alloc(n * sizeof(*exact));

		memcpy(exact, a, n * sizeof(*exact));
		vf_store(out, vf_load_n(exact, n, 9));
		for (size_t i = 0; i < LANES; i++)
			assert_true(out[i] == (i < n ? a[i] : 9));
		vf_store_n(exact, vf_sqrt(vf_set(4)), n);
		for (size_t i = 0; i < n; i++)
			assert_true(exact[i] == 2);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_exp_accuracy),
		ISA_TEST(test_exp_special),
		cmocka_unit_test(test_lanes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
