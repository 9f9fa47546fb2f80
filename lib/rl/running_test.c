#include "lib/rl/running.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-15)

static void
test_mean_of_all(void **state)
{
	struct running r = {.momentum = -1};

	(void)state;
	running_add(&r, 0.5, 2);
	assert_true(r.mean == 0.5);
	running_add(&r, 1, 6);
	CLOSE(r.mean, 7.0 / 8);
	running_add(&r, -1, 2);
	CLOSE(r.mean, 5.0 / 10);
	assert_int_equal(r.records, 10);
}

/* However many records a mini-batch has. */
static void
test_momentum(void **state)
{
	struct running r = {.momentum = 0.75};

	(void)state;
	running_add(&r, 0.5, 2);
	running_add(&r, 1, 100);
	CLOSE(r.mean, 0.75 * 0.5 + 0.25);
	r.momentum = 0;
	running_add(&r, 3, 1);
	CLOSE(r.mean, 3);
	assert_int_equal(r.records, 103);
}

/* 0.1 is no number of binary fractions: its bits must not wander. */
static void
test_equal(void **state)
{
	struct running all = {.momentum = -1}, fading = {.momentum = 0.9};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		running_add(&all, 0.1, 7);
		running_add(&fading, 0.1, 7);
	}
	assert_true(all.mean == 0.1 && fading.mean == 0.1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mean_of_all),
		cmocka_unit_test(test_momentum),
		cmocka_unit_test(test_equal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
