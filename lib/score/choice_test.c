#include "lib/score/choice.h"

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
	int right;
} cases[] = {
	{"B", "B", 1}, {"B", "(B)", 1}, {"(B)", "B.", 1}, {"B", "B) 27", 1},
	{"B", "so\n#### B", 1}, {"B", "\\boxed{\\textbf{(B) } 27}", 1},
	{"B", "\\boxed{\\text{B}}", 1}, {"B) 27", "The answer is (B).", 1},
	{"B", "The answer is **B**.", 1}, {"B", "C", 0}, {"B", "A or B", 0},
	{"B", "(A) or (B)", 0}, {"B", "The answer is not B.", 0},
	{"A", "A train leaves", 0}, {"B", "Because", 0}, {"B", "b", 0},
	{"B", "", 0}, {"B", "<think>B", 0}, {"B", "\\boxed{B", 0},
};

static void
test_cases(void **state)
{
	struct answer a = {0};
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (choice_judge(span_of(cases[i].response),
		    span_of(cases[i].gold), &a, NULL) != cases[i].right)
			fail_msg("%s: %s", cases[i].gold, cases[i].response);
	assert_int_equal(choice_judge(span_of("B"), span_of("27"), &a, &err),
	    -1);
	assert_int_equal(err.status, STATUS_DATA);
	buffer_free(&a.text);
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
