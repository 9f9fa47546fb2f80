#include "lib/score/mathanswer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct mathequal_options exact;

/* Pairs in LaTeX; each is tried in both directions. */
static const char *const equal[][2] = {
	{"86,400", "86400"}, {"0.375", "\\frac38"}, {"\\frac{3}{8}", "3/8"},
	{"\\tfrac{1}{2}", "0.5"}, {"\\frac12", ".50"}, {"\\frac1{72}", "1/72"},
	{"-\\frac{1}{2}", "\\frac{-1}{2}"}, {"\\frac{2}{4}", "\\dfrac{1}{2}"},
	{"\\frac{19}{8}", "2\\frac{3}{8}"}, {"35\\%", "\\frac{7}{20}"},
	{"35\\%", "35"}, {"\\$7{,}450", "7450 \\text{ dollars}"},
	{"\\$7{,}450", "7450"}, {"16\\text{ m}^2", "16"},
	{"9\\text{ kg}", "9\\,\\mathrm{kg}"}, {"135", "135^{\\circ}"},
	{"90^\\circ", "90 degrees"}, {"7.1\\times10^{4}", "71000"},
	{"10^{-2}\\cdot 1", "10^{-2}\\cdot1"}, {"-11", "m=-11"},
	{"7", "x_1 = 7"}, {"4,9", "9 \\text{ and } 4"}, {"4,9", "9, 4"},
	{"4,9", "4 or 9"}, {"\\{2,4,8\\}", "\\{8,2,4\\}"},
	{"\\left( 6,\\, \\frac{1}{5} \\right)", "(6,\\tfrac15)"},
	{"\\begin{pmatrix} 5 & 0 \\\\ 1 & 6 \\end{pmatrix}",
	    "\\begin{bmatrix}5&0\\\\1&6\\end{bmatrix}"},
	{"\\text{Saturn}", "saturn"}, {"(B)", "\\textbf{(B) } 27"},
	{"(B)", "B"}, {"\\text{(B)}", "B"}, {"+\\infty", "\\infty"},
	{"x\\leq 5", "x \\le 5"}, {"x^{2}", "x^2"}, {"\\sqrt 3", "\\sqrt{3}"},
	{"2\xcf\x80", "2\\pi"}, {"\xe2\x88\x92" "6", "-6"},
	{"\\pi r^2", "\\pi r^{2}"}, {"p - q", "p-q"}, {"5.", "5"},
	{"\\boldsymbol{x}", "x"}, {"3021_{4}", "3021_4"},
};

static const char *const different[][2] = {
	{"\\frac{14}{5}", "\\frac{5}{14}"}, {"\\frac17", "0.14"},
	{"35\\%", "0.35\\%"}, {"9\\text{ kg}", "9\\text{ g}"},
	{"9\\text{ cm}^2", "9\\text{ cm}^3"}, {"25\\pi", "78.5"},
	{"4,9", "4,9,16"}, {"(-4,6]", "[-4,6]"}, {"(-4,6]", "(-4,6)"},
	{"(8,-5)", "(-5,8)"}, {"3021_4", "3021_5"}, {"-\\infty", "+\\infty"},
	{"4611686018427387905", "4611686018427387904"},
	{"92233720368547758070", "92233720368547758071"},
	{"13", "11, 12, 13, 14"}, {"4,-4", "z^2=16"},
	{"2", "2^{2^{2^{2^{2^{2}}}}}"}, {"6", "\xe2\x88\x92" "6"},
	{"5", "5\\text{ thousand}"}, {"5", "5\\text{ or more}"},
	{"x=5", "y=5"}, {"y=4x-7", "4x+7"}, {"2\\pi", "2\\phi"},
	{"\\pi r", "\\pir"}, {"x", "X"}, {"AB", "ab"}, {"23", "2\\cdot3"},
	{"1/0", "2/0"}, {"\\frac{1}{2}", "1,2"}, {"(1,2)", "1,2"},
	{"(1,2)", "[1,2]"}, {"1234", "(1,234)"}, {"B", "C"},
	{"A", "(B) A"}, {"B", "\\text{(B) 27 maybe (C) 29}"},
	{"2\\frac{3}{8}", "2\\cdot\\frac{3}{8}"},
	{"-2", "--2"}, {"\\sqrt[3]{2}", "\\sqrt{2}"},
};

static int
judge(const char *gold, const char *given)
{
	struct answer a = {0};
	char text[512];
	int rc;

	snprintf(text, sizeof(text), "So $\\boxed{%s}$.", given);
	rc = mathanswer_judge(span_of(text), span_of(gold), &exact, &a, NULL);
	buffer_free(&a.text);
	return rc;
}

static void
test_pairs(void **state)
{
	size_t i;
	int turn;

	(void)state;
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < sizeof(equal) / sizeof(equal[0]); i++)
			if (judge(equal[i][turn], equal[i][!turn]) != 1 &&
			    !(turn && strstr(equal[i][1], "textbf")))
				fail_msg("%s is %s", equal[i][turn],
				    equal[i][!turn]);
		for (i = 0; i < sizeof(different) / sizeof(different[0]); i++)
			if (judge(different[i][turn], different[i][!turn]) != 0)
				fail_msg("%s is not %s", different[i][turn],
				    different[i][!turn]);
	}
}

static const struct {
	const char *gold, *response;
	int right;
} responses[] = {
	{"9/10", "First $\\boxed{1/10}$, or rather $\\boxed{9/10}$.", 1},
	{"1/10", "First $\\boxed{1/10}$, or rather $\\boxed{9/10}$.", 0},
	{"28", "<think>\\boxed{21}. No.</think>\n\nThe answer is 28.", 1},
	{"33", "<think>\nSo \\boxed{33}.\n</think>\n\nBye.", 0},
	{"58", "<think>\nThe sum is \\boxed{58}. But wait", 0},
	{"250", "Summing both columns gives \\boxed{250", 0},
	{"\\frac59", "The final answer is $\\frac{5}{9}$. I hope so.", 1},
	{"28", "The **answer is** 28", 1},
	{"28", "**Answer:** 28", 1},
	{"70", "It looks like 70, but the answer is not 70.", 0},
	{"70", "It looks like 70, but the answer isn't 70.", 0},
	{"7", "The answer is 3.5 or 7.", 0},
	{"3.5", "The answer is 3.5. Not 7.", 1},
	{"3", "No idea, 3 perhaps", 0},
	{"3", "", 0},
	{"\\boxed{3}", "\\boxed{3}", 1},
	{"3", "\\boxed{}", 0},
};

static void
test_responses(void **state)
{
	struct answer a = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		if (mathanswer_judge(span_of(responses[i].response),
		    span_of(responses[i].gold), &exact, &a, NULL) !=
		    responses[i].right)
			fail_msg("%s: %s", responses[i].gold,
			    responses[i].response);
	buffer_free(&a.text);
}

static void
test_extracted(void **state)
{
	struct answer a = {0};

	(void)state;
	mathanswer_judge(span_of("It is $\\boxed{x = 12.5\\%}$."),
	    span_of("1"), &exact, &a, NULL);
	assert_int_equal(a.found, 1);
	assert_string_equal(a.text.data, "x=(25/2)%");
	assert_int_equal(a.at, 7);
	buffer_free(&a.text);
}

/* Nesting, length and commas that no answer has: decided fast, never fatal. */
static void
test_hostile(void **state)
{
	static const char *const unit[] = {"{", "^", "\\frac", "\\sqrt{",
	    "1,", "a", "\\text{", "(", "\\{", "=", "\\", "$", "_{"};
	const size_t length = 20000;
	struct answer a = {0};
	struct error err;
	char *text = malloc(8 * length + 100), *p;
	size_t i, n;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		p = text + sprintf(text, "the answer is ");
		for (n = 0; n < length; n++)
			p += sprintf(p, "%s", unit[i]);
		assert_int_equal(mathanswer_judge(span_of(text), span_of("2"),
		    &exact, &a, NULL), 0);
	}
	assert_int_equal(mathanswer_judge(span_of("1"), span_of(" "), &exact,
	    &a, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	buffer_free(&a.text);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_extracted),
		cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
