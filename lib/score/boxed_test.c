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
	check("\\boxed{\\boxed{3}}", 1, "3", 0);
	check("\\boxed{ \\fbox {\\boxed{\\{3\\}}}}", 1, "\\{3\\}", 0);
	check("\\boxed{\\boxed{3}+1}", 1, "\\boxed{3}+1", 0);
	check("\\boxed{4, \\boxed{9}}", 1, "4, \\boxed{9}", 0);
	check("\\text{so \\boxed{4}}", 1, "4", 9);
	check("\\\\boxed{4}", 1, "4", 1);
	check("\\\\{\\boxed{4}", 1, "4", 3);
	check("} } \\boxed{4} }", 1, "4", 4);
	check("\\boxed{4}. Put it in \\boxed format.", 1, "4", 0);
	check("\\boxed{4}. I used `\\boxed`.", 1, "4", 0);
	check("\\boxed{4}. Put it in \\boxed{}.", 1, "", 21);
	check("\\(\\boxed x\\) is", 1, "x", 2);
	check("\\boxed\\frac{1}{2} is", 1, "\\frac{1}{2}", 0);
	check("{\\boxed 12}", 1, "12", 1);
	check("\\boxed{4 was it.\n\nNo: \\boxed{5}", 1, "5", 22);
	check("\\boxed{1} \\boxedly{2}", 1, "1", 0);
	check("\\boxed{}", 1, "", 0);
	check("none", 0, NULL, 0);
	check("\\boxed{1} \\boxed{2", -1, NULL, 0);
	check("\\boxed", -1, NULL, 0);
	check("\\boxed{1\\}", -1, NULL, 0);
	check("\\boxed{4 + \\boxed{5}", -1, NULL, 0);
	check("\\boxed{4}\n\nNo: \\boxed{5", -1, NULL, 0);
}

/* A NUL is a byte as others are; no nesting costs more than a pass. */
static void
test_hostile(void **state)
{
	const char nul[] = "\\boxed{1\0}\0\\boxed{2\0}";
	const size_t n = 100000;
	struct span s = {nul, sizeof(nul) - 1};
	char *text = malloc(7 * n);
	size_t at, i;

	(void)state;
	assert_non_null(text);
	assert_int_equal(boxed_last(s, &s, &at), 1);
	assert_int_equal(s.length, 2);
	assert_int_equal(at, 11);
	for (i = 0; i < n; i++)
		memcpy(text + 7 * i, "\\boxed{", 7);
	assert_int_equal(boxed_last((struct span){text, 7 * n}, &s, &at), -1);
	memset(text + 7, '{', 7 * n - 7);
	assert_int_equal(boxed_last((struct span){text, 7 * n}, &s, &at), -1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
