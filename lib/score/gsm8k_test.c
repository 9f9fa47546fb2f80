#include "lib/score/gsm8k.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *gold, *response;
	int flexible, strict;
} cases[] = {
	{"2350", "25 * 94 = <<25*94=2350>>2350\n#### 2,350", 1, 1},
	{"45", "#### $45.00 per week.", 1, 1},
	{"45", "#### **\\$45**", 1, 1},
	{"-5", "#### -$5", 1, 1},
	{"-5", "#### $-5", 1, 1},
	{"63", "7 * 9 = 63, so she walked 63 miles.", 1, 0},
	{"7", "7 * 9 = 63, so she walked 63 miles.", 0, 0},
	{"52", "#### 48\nNo, that left out the last week.\n#### 52", 1, 1},
	{"81", "The answer is 81.", 1, 0},
	{"81", "The answer is **81**.", 1, 0},
	{"3*17=<<3*17=51>>51 cards.\n#### 51", "#### 51 cards", 1, 1},
	{"8", "#### 80", 0, 0},
	{"3", "#### 3/5", 0, 0},
	{"5", "#### 3/5", 0, 0},
	{"26", "#### 26 or 27", 0, 0},
	{"26", "#### 26 or more", 0, 0},
	{"5", "#### 5 thousand", 0, 0},
	{"5", "#### 5^x", 0, 0},
	{"8", "####\n8", 0, 0},
	{"5", "It is 3/5", 0, 0},
	{"5", "It is 3 / 5", 0, 0},
	{"5", "It is \\frac{3}{5}", 0, 0},
	{"5", "It is 2^5", 0, 0},
	{"5", "It is 9 - 5", 0, 0},
	{"5", "It is 9 + 5", 0, 0},
	{"5", "It is 9*5", 0, 0},
	{"30", "It is 3:30", 0, 0},
	{"2", "It is x2", 0, 0},
	{"1", "It is 0,1,1", 0, 0},
	{"-7", "x = -7", 1, 0},
	{"7", "x = -7", 0, 0},
	{"5", "<think>#### 5</think> I am done", 0, 0},
	{"5", "<think>so 5", 0, 0},
	{"5", "<think>6</think> #### 5", 1, 1},
	{"5", "", 0, 0},
	{"5", "none", 0, 0},
	{"123456789012345678901", "#### 123456789012345678902", 0, 0},
};

static void
test_cases(void **state)
{
	struct answer a = {0};
	size_t i;
	int strict, got;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (strict = 0; strict < 2; strict++) {
			got = gsm8k_judge(span_of(cases[i].response),
			    span_of(cases[i].gold), strict, &a, NULL);
			if (got != (strict ? cases[i].strict
			                   : cases[i].flexible))
				fail_msg("%s for %s, strict %d: %d",
				    cases[i].response, cases[i].gold, strict,
				    got);
		}
	buffer_free(&a.text);
}

static void
test_extracted(void **state)
{
	struct answer a = {0};
	const char nul[] = "#### 10\0\n#### 9\n#### 11";

	(void)state;
	assert_int_equal(gsm8k_judge(span_of("so\n#### $1,250.50 each"),
	    span_of("1"), 1, &a, NULL), 0);
	assert_int_equal(a.found, 1);
	assert_string_equal(a.text.data, "1250.5");
	assert_int_equal(a.at, 3);
	assert_int_equal(gsm8k_judge((struct span){nul, sizeof(nul) - 1},
	    span_of("9"), 1, &a, NULL), 0);
	assert_string_equal(a.text.data, "11");
	assert_int_equal(gsm8k_judge(span_of("?"), span_of("1"), 0, &a,
	    NULL), 0);
	assert_int_equal(a.found, 0);
	assert_int_equal(a.at, 1);
	buffer_free(&a.text);
}

static void
test_bad_gold(void **state)
{
	struct answer a = {0};
	struct error err;

	(void)state;
	assert_int_equal(gsm8k_judge(span_of("1"), span_of("one"), 0, &a,
	    &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_string_equal(err.text, "answer: not a number");
	buffer_free(&a.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_extracted),
		cmocka_unit_test(test_bad_gold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
