/* Loss scales and the EMPG objective against sums written out by hand. */
#include "lib/rl/objective.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Three responses of 2, 3 and 5 tokens, --max-response 8. */
static void
test_scale(void **state)
{
	struct loss_scale s = {LOSS_NORM_TOKEN, 3, 10, 8};

	(void)state;
	assert_near(objective_scale_token(&s, 5), 1.0 / 10, 1e-15);
	s.norm = LOSS_NORM_TRAJECTORY;
	assert_near(objective_scale_token(&s, 5), 1.0 / 3, 1e-15);
	s.norm = LOSS_NORM_SEQUENCE;
	assert_near(objective_scale_token(&s, 5), 1.0 / 15, 1e-15);
	assert_near(objective_scale_token(&s, 2), 1.0 / 6, 1e-15);
	s.norm = LOSS_NORM_CONSTANT;
	assert_near(objective_scale_token(&s, 5), 1.0 / 24, 1e-15);
}

static void
test_empty_scale(void **state)
{
	struct loss_scale s = {LOSS_NORM_TOKEN, 0, 0, 8};

	(void)state;
	assert_true(objective_scale_token(&s, 0) == 0);
}

/* −0.1·(0.5·(−1) + 0.5·(−2) − 0.25·(−4)) = −0.1·(−0.5) = 0.05 */
static void
test_empg(void **state)
{
	const float advantage[] = {0.5f, 0.5f, -0.25f};
	const float logprob[] = {-1, -2, -4};
	float d[3];

	(void)state;
	assert_near(objective_empg(d, advantage, 0.1, logprob, 3),
	    0.05, 1e-12);
	assert_near(d[0], -0.05f, 1e-8f);
	assert_near(d[2], 0.025f, 1e-8f);
}

/* The gradient is the loss's derivative. */
static void
test_empg_difference(void **state)
{
	const float advantage[] = {0.75f, -1.5f};
	float logprob[] = {-1, -2}, d[2], unused[2];
	const float h = 0.0625f;

	(void)state;
	objective_empg(d, advantage, 0.2, logprob, 2);
	for (size_t i = 0; i < 2; i++) {
		double up, down;

		logprob[i] += h;
		up = objective_empg(unused, advantage, 0.2, logprob, 2);
		logprob[i] -= 2 * h;
		down = objective_empg(unused, advantage, 0.2, logprob, 2);
		logprob[i] += h;
		assert_near(d[i], (up - down) / (2 * h), 1e-6);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_empty_scale),
		cmocka_unit_test(test_empg),
		cmocka_unit_test(test_empg_difference),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
