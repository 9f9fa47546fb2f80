#include "lib/score/finder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
check(const char *re, const char *response, const char *gold, int right,
    const char *extracted)
{
	struct answer a = {0};
	struct finder *f = finder_new(re, NULL);

	assert_non_null(f);
	assert_int_equal(finder_judge(f, span_of(response), span_of(gold), &a,
	    NULL), right);
	assert_int_equal(a.found, extracted != NULL);
	if (extracted != NULL)
		assert_string_equal(a.text.data, extracted);
	buffer_free(&a.text);
	finder_free(f);
}

static void
test_matches(void **state)
{
	(void)state;
	check("= *(\\d+)", "x = 3, y = 4", "4", 1, "4");
	check("= *(\\d+)", "x = 3, y = 4", "3", 0, "4");
	check("\\d+\\.\\d+", "2.50", "2.5", 1, "2.50");
	check("<a>(.*?)</a>", "<a> yes </a>", "yes", 1, "yes");
	check("z", "abc", "z", 0, NULL);
	check("x*", "\xc3\xa9\xc3\xa9", "y", 0, "");
	check("(a)|b", "ab", "a", 1, "a");
	check("\\d+", "<think>1</think>2", "1", 0, "2");
	check("\\d+", "<think>1", "1", 0, NULL);
	check("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "a", 0,
	    NULL);
}

static void
test_bad_expression(void **state)
{
	struct error err;

	(void)state;
	assert_null(finder_new("(", &err));
	assert_int_equal(err.status, STATUS_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_bad_expression),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
