#include "lib/score/mathcardinal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
test_numbers(void **state)
{
	static const struct {
		const char *words;
		long top, bottom;
	} cases[] = {
		{"twenty-one", 21, 1}, {"Twenty one", 21, 1},
		{"five hundred", 500, 1}, {"one hundred and five", 105, 1},
		{"three thousand two hundred and forty", 3240, 1},
		{"two million", 2000000, 1}, {"a dozen", 12, 1},
		{"a hundred", 100, 1}, {"six hundred thousand", 600000, 1},
		{"half", 1, 2}, {"one half", 1, 2}, {"a half", 1, 2},
		{"two thirds", 2, 3}, {"a third", 1, 3},
		{"three quarters", 3, 4}, {"seven-eighths", 7, 8},
	};
	long top, bottom;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!mathcardinal(span_of(cases[i].words), &top, &bottom) ||
		    top != cases[i].top || bottom != cases[i].bottom)
			fail_msg("%s", cases[i].words);
}

/* Words alone that count are mathword_number's. */
static void
test_others(void **state)
{
	static const char *const cases[] = {"", "five", "five apples",
	    "one twenty", "twenty twelve", "hundred", "and five", "five five",
	    "two thirds of it", "thirds", "twenty first", "not five",
	    "five or six", "ten million million million"};
	long top, bottom;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (mathcardinal(span_of(cases[i]), &top, &bottom))
			fail_msg("%s: %ld/%ld", cases[i], top, bottom);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
