/* Drift statistics of three tokens, by hand. */
#include "lib/rl/drift.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void
test_drift(void **state)
{
	const float logprob[] = {-1, -2, -0.5f};
	const float sampler[] = {-1, -1.5f, -0.75f};
	struct drift d = {0};

	(void)state;
	drift_add(&d, logprob, sampler, 3);
	assert_int_equal(d.tokens, 3);
	assert_near(d.sum, -0.25, 1e-12);
	assert_near(d.sum_abs, 0.75, 1e-12);
	assert_near(d.max_abs, 0.5, 1e-12);
	assert_near(d.max_ratio, exp(0.25), 1e-12);
	assert_near(d.sum_ratio, 1 + exp(-0.5) + exp(0.25), 1e-12);
	assert_near(d.sum_k3, exp(-0.5) + exp(0.25) - 2 + 0.25, 1e-12);
}

static void
test_no_sampler(void **state)
{
	const float logprob[] = {-1};
	struct drift d = {0};

	(void)state;
	drift_add(&d, logprob, NULL, 1);
	assert_int_equal(d.tokens, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_no_sampler),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
