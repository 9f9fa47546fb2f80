#include "lib/score/think.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
test_final(void **state)
{
	struct span s;

	(void)state;
	s = think_final(span_of("<think>a</think> b"));
	assert_true(span_is(s, " b"));
	s = think_final(span_of("a</think>b</think>c"));
	assert_true(span_is(s, "c"));
	assert_true(span_is(think_final(span_of("plain")), "plain"));
	assert_null(think_final(span_of("<think>a")).data);
	assert_null(think_final(span_of("<think>a</think>b<think>")).data);
}

static void
test_wellformed(void **state)
{
	static const char *const bad[] = {"a", "", "<think>a", "a</think>b",
	    "<think></think>b", "<think> \n</think>b", "<think>a</think> \n",
	    "x<think>a</think>b", "<think>a</think>b</think>c",
	    "<think><think>a</think>b", "</think>a<think>b"};
	size_t i;

	(void)state;
	assert_true(think_wellformed(span_of(" <think>a</think>b")));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(think_wellformed(span_of(bad[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_final),
		cmocka_unit_test(test_wellformed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
