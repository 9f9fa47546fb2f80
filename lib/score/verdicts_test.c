#include "lib/score/verdicts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *response, *gold;
	int strict, flexible, boxed;
} cases[] = {
	{"#### 5", "5", 1, 1, 0},
	{"It is 5.", "5", 0, 1, 0},
	{"\\boxed{5}", "5", 0, 1, 1},
	{"\\boxed{5}\n#### 6", "5", 0, 0, 1},
	{"\\boxed{6}\n#### 5", "5", 1, 1, 0},
	{"#### 5 or 6", "5", 0, 0, 0},
	{"<think>\\boxed{5} #### 5", "5", 0, 0, 0},
	{"\\boxed{x^2}", "x^2", -1, -1, 1},
	{"The answer is $x^2$.", "x^2", -1, -1, 0},
	{"5", "", -1, -1, -1},
};

static void
test_cases(void **state)
{
	const struct mathequal_options exact = {0};
	struct verdicts v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v.boxed = VERDICTS_UNKNOWN;
		assert_int_equal(verdicts_judge(span_of(cases[i].response),
		    span_of(cases[i].gold), &exact, &v, NULL), 0);
		if (v.strict != cases[i].strict || v.boxed != cases[i].boxed ||
		    v.flexible != cases[i].flexible)
			fail_msg("%s: %d %d %d", cases[i].response, v.strict,
			    v.flexible, v.boxed);
		v.boxed = 1;
		assert_int_equal(verdicts_judge(span_of(cases[i].response),
		    span_of(cases[i].gold), &exact, &v, NULL), 0);
		assert_int_equal(v.boxed, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
