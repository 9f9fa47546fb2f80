#include "lib/score/boxed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
check(const char *text, int rc, const char *content, size_t from)
{
	struct span s;
	size_t at;

	assert_int_equal(boxed_last(span_of(text), &s, &at), rc);
	if (rc == 1) {
		assert_true(span_is(s, content));
		assert_int_equal(at, from);
	}
}

static void
test_last(void **state)
{
	(void)state;
	check("a \\boxed{1} b \\boxed{\\frac{1}{2}} c", 1, "\\frac{1}{2}", 14);
	check("\\fbox{7}", 1, "7", 0);
	check("\\boxed{1}\\fbox{2}", 1, "2", 9);
	check("$\\boxed 9$.", 1, "9", 1);
	check("\\boxed {9}", 1, "9", 0);
	check("\\boxed{\\{1\\}}", 1, "\\{1\\}", 0);
	check("\\boxed{\\boxed{3}}", 1, "3", 7);
	check("\\boxed{1} \\boxedly{2}", 1, "1", 0);
	check("\\boxed{}", 1, "", 0);
	check("none", 0, NULL, 0);
	check("\\boxed{1} \\boxed{2", -1, NULL, 0);
	check("\\boxed", -1, NULL, 0);
	check("\\boxed{1\\}", -1, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
