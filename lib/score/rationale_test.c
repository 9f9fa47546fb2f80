#include "lib/score/rationale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
test_bytes(void **state)
{
	struct answer a = {.at = 5};

	(void)state;
	assert_int_equal(rationale_bytes(span_of("<think>x</think>y"), &a), 8);
	assert_int_equal(rationale_bytes(span_of("12345#### 6"), &a), 5);
}

static void
test_share(void **state)
{
	(void)state;
	assert_int_equal(rationale_share(0, 0, 5), 0);
	assert_int_equal(rationale_share(5, 10, 4), 2);
	assert_int_equal(rationale_share(1, 8, 4), 1); /* a half goes up */
	assert_int_equal(rationale_share(10, 10, 7), 7);
	assert_int_equal(rationale_share(SIZE_MAX / 2, SIZE_MAX / 2, 9), 9);
}

/* DAPO's figures: 20480 tokens at most, the last 4096 of them punished. */
static void
test_overlong(void **state)
{
	(void)state;
	assert_true(rationale_overlong(16384, 20480, 4096) == 0);
	assert_true(rationale_overlong(18432, 20480, 4096) == -0.5);
	assert_true(rationale_overlong(20480, 20480, 4096) == -1);
	assert_true(rationale_overlong(99999, 20480, 4096) == -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_overlong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
