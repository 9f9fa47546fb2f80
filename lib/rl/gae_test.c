#include "lib/rl/gae.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-15)

static const double values[4] = {0.5, 0.25, -0.5, 0.75};

/* lambda = 1 and gamma = 1: what is missing to the reward. */
static void
test_no_discount(void **state)
{
	double a[4];

	(void)state;
	gae_estimate(a, values, 4, 2, 1, 1);
	for (int t = 0; t < 4; t++)
		CLOSE(a[t], 2 - values[t]);
}

/* lambda = 0: one step ahead. */
static void
test_one_step(void **state)
{
	double a[4];

	(void)state;
	gae_estimate(a, values, 4, 2, 0.5, 0);
	CLOSE(a[0], 0.125 - 0.5);
	CLOSE(a[1], -0.25 - 0.25);
	CLOSE(a[2], 0.375 + 0.5);
	CLOSE(a[3], 2 - 0.75);
}

/* gamma = lambda = 1/2: a quarter of the next one's on top of that. */
static void
test_both(void **state)
{
	double a[4];

	(void)state;
	gae_estimate(a, values, 4, 2, 0.5, 0.5);
	CLOSE(a[3], 1.25);
	CLOSE(a[2], 0.875 + 0.3125);
	CLOSE(a[1], -0.5 + 1.1875 / 4);
	CLOSE(a[0], -0.375 + (-0.5 + 1.1875 / 4) / 4);
}

static void
test_short(void **state)
{
	double a[1] = {3};

	(void)state;
	gae_estimate(a, values, 0, 1, 1, 1);
	assert_true(a[0] == 3);
	gae_estimate(a, values, 1, 1, 0.9, 0.9);
	CLOSE(a[0], 0.5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_discount),
		cmocka_unit_test(test_one_step),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_short),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
