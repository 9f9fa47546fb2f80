#include "lib/rl/whiten.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/rl/smooth.h"

#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-15)

/* 1 and 2 3 in two rows, one without tokens between: mean 2, variance 1. */
static void
test_rows(void **state)
{
	double a[1] = {1}, c[2] = {2, 3};
	struct smooth_item items[3] = {{.tokens = 1, .advantages = a},
	    {.tokens = 0}, {.tokens = 2, .advantages = c}};

	(void)state;
	assert_int_equal(whiten_advantages(items, 3, NULL), 0);
	CLOSE(a[0], -1 / sqrt(1 + 1e-8));
	assert_true(c[0] == 0);
	CLOSE(c[1], 1 / sqrt(1 + 1e-8));
}

static void
test_equal(void **state)
{
	double a[3] = {0.1, 0.1, 0.1};
	struct smooth_item item = {.tokens = 3, .advantages = a};

	(void)state;
	assert_int_equal(whiten_advantages(&item, 1, NULL), 0);
	assert_true(a[0] == 0 && a[1] == 0 && a[2] == 0);
	a[0] = 5;
	item.tokens = 1;
	assert_int_equal(whiten_advantages(&item, 1, NULL), 0);
	assert_true(a[0] == 0);
	item.tokens = 0;
	assert_int_equal(whiten_advantages(&item, 1, NULL), 0);
}

static void
test_too_large(void **state)
{
	double a[2] = {1e200, -1e200};
	struct smooth_item item = {.tokens = 2, .advantages = a};
	struct error err;

	(void)state;
	assert_int_equal(whiten_advantages(&item, 1, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_too_large),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
