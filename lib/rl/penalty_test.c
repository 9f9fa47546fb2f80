/* KL estimators and the entropy bonus: by hand, and against differences. */
#include "lib/rl/penalty.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(penalty_names[PENALTY_K1], "k1");
	assert_string_equal(penalty_names[PENALTY_K2], "k2");
	assert_string_equal(penalty_names[PENALTY_K3], "k3");
	assert_string_equal(penalty_names[PENALTY_FULL], "full");
	assert_null(penalty_names[PENALTY_FULL + 1]);
}

/* d = 1/2 and −1, β/Z = 2. */
static void
test_values(void **state)
{
	const float logprob[] = {-1, -3}, reference[] = {-1.5f, -2};
	struct penalty_tokens t = {2, logprob, reference, NULL, 2};
	float d[2] = {0, 0};

	(void)state;
	assert_near(penalty_kl(d, NULL, PENALTY_K1, &t), -1, 1e-12);
	assert_near(penalty_kl(d, NULL, PENALTY_K2, &t), 1.25, 1e-12);
	assert_near(penalty_kl(d, NULL, PENALTY_K3, &t),
	    2 * (exp(-0.5) - 0.5 + exp(1) - 2), 1e-12);
	/* All three were added: 2 (1 + d + 1 − e^−d). */
	assert_near(d[0], 2 * (2.5 - exp(-0.5)), 1e-6);
	assert_near(d[1], 2 * (1 - exp(1)), 1e-6);
}

static void
test_differences(void **state)
{
	const float reference[] = {-1.25f};
	const double h = 0.00390625;

	(void)state;
	for (int kind = PENALTY_K1; kind <= PENALTY_K3; kind++)
		for (float x = -3; x < 0; x += 0.25f) {
			float up = x + (float)h, down = x - (float)h;
			float d = 0, unused = 0;
			struct penalty_tokens t = {1, &up, reference, NULL, 1};
			double a = penalty_kl(&unused, NULL,
			    (enum penalty_kl)kind, &t), b;

			t.logprob = &down;
			b = penalty_kl(&unused, NULL, (enum penalty_kl)kind,
			    &t);
			t.logprob = &x;
			penalty_kl(&d, NULL, (enum penalty_kl)kind, &t);
			assert_near(d, (a - b) / (2 * h), 2e-5);
		}
}

static void
test_full(void **state)
{
	const float kl[] = {0.5f, 0.125f};
	struct penalty_tokens t = {2, NULL, NULL, kl, 0.5};
	float d[2] = {0, 0}, dkl[2] = {1, 0};

	(void)state;
	assert_near(penalty_kl(d, dkl, PENALTY_FULL, &t), 0.3125, 1e-12);
	assert_near(dkl[0], 1.5f, 0);
	assert_near(dkl[1], 0.5f, 0);
	assert_near(d[0], 0, 0);
}

static void
test_entropy(void **state)
{
	const float entropy[] = {0.5f, 2};
	float d[2] = {0, 0};

	(void)state;
	assert_near(penalty_entropy(d, entropy, 0.25, 2), -0.625, 1e-12);
	assert_near(d[1], -0.25f, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_entropy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
