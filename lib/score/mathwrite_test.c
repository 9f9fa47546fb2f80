#include "lib/score/mathwrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
test_forms(void **state)
{
	static const char *const cases[][2] = {
		{"12", "12"}, {"0.375", "3/8"}, {"2\\frac{3}{8}", "19/8"},
		{"5!", "120"}, {"2^{10}", "1024"}, {"\\sqrt{9}", "3"},
		{"\\sqrt{12}", "\\sqrt{12}"}, {"2\\pi", "2\\pi"},
		{"1 - x", "1-x"}, {"x^{10}", "x^{10}"},
		{"(x+1)(x-1)", "(x+1)(x-1)"}, {"\\frac{x}{2}", "\\frac{x}{2}"},
		{"9,4", "4,9"}, {"\\{8,2,4\\}", "\\{2,4,8\\}"},
		{"\\left(6, \\frac15\\right)", "(6,1/5)"},
		{"(-\\infty, 3]", "(-\\infty,3]"}, {"35\\%", "35%"},
		{"x \\le 5", "x\\le 5"}, {"x = 4", "x=4"},
		{"16\\text{ m}^2", "16"}, {"3021_{4}", "3021_4"},
		{"\\cos 13^\\circ", "\\cos(13^\\circ)"}, {"1:2", "1:2"},
		{"\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}",
		    "\\begin{matrix}1&2\\\\3&4\\end{matrix}"},
		{"\\textbf{(B) }27", "B"}, {"\\text{Saturn}", "Saturn"},
		{"7\\pm\\sqrt{11}", "7\\pm \\sqrt{11}"}, {"-(a+b)", "-(a+b)"},
		{"\\log_2 x", "\\log_{2}(x)"}, {"2\\cdot x\\cdot 3", "2x*3"},
	};
	struct buffer b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_clear(&b);
		assert_int_equal(mathwrite(span_of(cases[i][0]), &b), 1);
		if (strcmp(b.data, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], b.data);
	}
	assert_int_equal(mathwrite(span_of("\\frac{1}"), &b), 0);
	assert_string_equal(b.data, cases[i - 1][1]);
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
