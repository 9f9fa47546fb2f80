/* Learning-rate schedules at their corners. */
#include "lib/rl/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void
near(double a, double b)
{
	assert_near(a, b, 1e-12);
}

static void
test_warmup(void **state)
{
	(void)state;
	near(schedule_factor(SCHEDULE_CONSTANT, 0, 4, 10), 0.25);
	near(schedule_factor(SCHEDULE_COSINE, 3, 4, 10), 1);
	near(schedule_factor(SCHEDULE_CONSTANT, 9, 4, 10), 1);
	near(schedule_factor(SCHEDULE_CONSTANT, 0, 0, 1), 1);
}

static void
test_decay(void **state)
{
	(void)state;
	near(schedule_factor(SCHEDULE_LINEAR, 0, 0, 10), 1);
	near(schedule_factor(SCHEDULE_LINEAR, 5, 0, 10), 0.5);
	near(schedule_factor(SCHEDULE_COSINE, 5, 0, 10), 0.5);
	near(schedule_factor(SCHEDULE_COSINE, 7, 4, 16),
	    0.5 * (1 + sqrt(0.5)));
	near(schedule_factor(SCHEDULE_COSINE, 10, 0, 10), 0);
	near(schedule_factor(SCHEDULE_LINEAR, 99, 0, 10), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warmup),
		cmocka_unit_test(test_decay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
