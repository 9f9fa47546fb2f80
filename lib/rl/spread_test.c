/* Mean, deviation and range, by hand. */
#include "lib/rl/spread.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void
test_spread(void **state)
{
	const float first[] = {3, -1}, more[] = {4};
	struct spread s = {0};

	(void)state;
	assert_near(spread_deviation(&s), 0, 0);
	spread_add(&s, first, 2);
	spread_add(&s, more, 1);
	assert_int_equal(s.n, 3);
	assert_near(s.mean, 2, 1e-12);
	assert_near(spread_deviation(&s), sqrt(14 / 3.), 1e-12);
	assert_near(s.min, -1, 0);
	assert_near(s.max, 4, 0);
}

/* A large common part leaves the deviation right. */
static void
test_shifted(void **state)
{
	const float values[] = {1e6f, 1e6f + 1, 1e6f + 2};
	struct spread s = {0};

	(void)state;
	spread_add(&s, values, 3);
	assert_near(spread_deviation(&s), sqrt(2 / 3.), 1e-9);
	assert_near(s.min, 1e6, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_shifted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
