/* Which limit bounds, and which share of it was reached. */
#include "tools/roofline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void
test_bounds(void **state)
{
	const struct kernel_limits limits = {.flops = 100, .bytes = 10};
	struct roofline r;

	(void)state;
	/* Two seconds of arithmetic, one of reading, in four. */
	r = roofline_of(&(struct cost){200, 10}, &limits, 4);
	assert_string_equal(r.bound, "compute");
	assert_true(r.share == 0.5);
	/* Half a second and one. */
	r = roofline_of(&(struct cost){50, 10}, &limits, 4);
	assert_string_equal(r.bound, "memory");
	assert_true(r.share == 0.25);
	/* Nothing was done. */
	r = roofline_of(&(struct cost){0, 0}, &limits, 0);
	assert_true(r.share == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
