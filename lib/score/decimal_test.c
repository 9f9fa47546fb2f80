#include "lib/score/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
test_canonical(void **state)
{
	static const struct {
		const char *in;
		const char *out; /* NULL: not a number */
	} cases[] = {
		{"18", "18"}, {"2,350", "2350"}, {"+45.00", "45"},
		{"007", "7"}, {".5", "0.5"}, {"5.", "5"}, {"-0.0", "0"},
		{"-1,234,567.8900", "-1234567.89"}, {"\xe2\x88\x92" "6", "-6"},
		{"461168601842738790400001", "461168601842738790400001"},
		{"0,123", "123"}, {"", NULL}, {"-", NULL}, {".", NULL},
		{"1,23", NULL}, {"1234,567", NULL}, {",123", NULL},
		{"1,,234", NULL}, {"1.2.3", NULL}, {"1e5", NULL},
		{"0x10", NULL}, {"nan", NULL}, {" 1", NULL}, {"--1", NULL},
	};
	struct buffer out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(decimal_canonical(span_of(cases[i].in),
		    &out), cases[i].out != NULL);
		if (cases[i].out != NULL)
			assert_string_equal(out.data, cases[i].out);
	}
	buffer_free(&out);
}

static void
test_scan(void **state)
{
	(void)state;
	assert_int_equal(decimal_scan(span_of("1,250.50, then 3")), 8);
	assert_int_equal(decimal_scan(span_of("51.")), 2);
	assert_int_equal(decimal_scan(span_of("x")), 0);
	assert_true(decimal_changed_by(span_of("Thousand")));
	assert_false(decimal_changed_by(span_of("miles")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_scan),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
