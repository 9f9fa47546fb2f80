#include "lib/score/mathequal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int
equal(const char *gold, const char *given, enum math_status *status)
{
	struct error err = {0};

	return mathequal(span_of(gold), span_of(given), NULL, status, &err);
}

/* The table in testdata, both ways round, and every answer with itself. */
static void
test_cases(void **state)
{
	FILE *f = fopen("testdata/mathequal.tsv", "r");
	char line[1024], *gold, *given, *verdict;
	enum math_status status;
	size_t count = 0, wrong = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#')
			continue;
		gold = strtok(line, "\t");
		given = strtok(NULL, "\t");
		verdict = strtok(NULL, "\n");
		assert_non_null(verdict);
		if (equal(gold, given, &status) != atoi(verdict) ||
		    equal(given, gold, &status) != atoi(verdict) ||
		    equal(gold, gold, &status) != 1) {
			print_message("# %s and %s: not %s\n", gold, given,
			    verdict);
			wrong++;
		}
		count++;
	}
	fclose(f);
	assert_int_equal(wrong, 0);
	assert_true(count > 300);
}

static void
test_status(void **state)
{
	static const struct {
		const char *given;
		enum math_status status;
	} cases[] = {
		{"3", MATH_OK}, {"three hundred or so", MATH_OK},
		{"\\frac{1}", MATH_UNPARSABLE}, {"{2", MATH_UNPARSABLE},
		{"\\unknown{2}", MATH_UNPARSABLE}, {"", MATH_UNPARSABLE},
		{"2^{2^{2^{2^{2^{2^{2}}}}}}", MATH_TIMEOUT},
		{"10^{100000!}", MATH_TIMEOUT},
	};
	enum math_status status;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(equal("2", cases[i].given, &status), 0);
		if (status != cases[i].status)
			fail_msg("%s: status %d", cases[i].given, status);
	}
	assert_int_equal(mathequal(span_of(" "), span_of("2"), NULL, &status,
	    &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	/* Unreadable, but the same. */
	assert_int_equal(equal("\\heartsuit_{", "\\heartsuit_{", &status), 1);
	assert_int_equal(equal("\\heartsuit + 1", "\\heartsuit+1", &status), 1);
}

static void
test_tolerance(void **state)
{
	static const struct {
		const char *a, *b;
		int verdict;
	} cases[] = {
		{"25\\pi", "78.54", 1}, {"25\\pi", "78.5", 1},
		{"25\\pi", "78", 0}, {"\\frac13", "0.333", 1},
		{"(\\frac13, 2)", "(0.333, 2)", 1}, {"x", "y", 0},
		{"1", "2", 0}, {"-1", "1", 0},
	};
	const struct mathequal_options o = {.tolerance = 0.001};
	enum math_status status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (mathequal(span_of(cases[i].a), span_of(cases[i].b), &o,
		    &status, NULL) != cases[i].verdict)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
}

static char *
repeated(const char *before, const char *unit, size_t n, const char *middle,
    const char *after)
{
	char *text = malloc(strlen(before) + strlen(middle) +
	    n * (strlen(unit) + strlen(after)) + 1), *p = text;
	size_t i;

	assert_non_null(text);
	p += sprintf(p, "%s", before);
	for (i = 0; i < n; i++)
		p += sprintf(p, "%s", unit);
	p += sprintf(p, "%s", middle);
	for (i = 0; i < n; i++)
		p += sprintf(p, "%s", after);
	return text;
}

/* What no answer has: refused or decided within the budget, never fatal. */
static void
test_hostile(void **state)
{
	static const char *const units[][3] = {
		{"{", "2", "}"}, {"2^{", "2", "}"}, {"(", "2", ")"},
		{"\\sqrt{", "2", "}"}, {"\\frac{1}{1+", "1", "}"},
		{"\\sin(", "1", ")"}, {"|", "x", "|"}, {"9", "9", ""},
		{"1,", "1", ""}, {"1, ", "1", ""}, {"-", "1", ""},
		{"1+", "1", ""}, {"\\pi+", "1", ""}, {"\\pm 1", "", ""},
		{"[1,2]\\cup ", "[1,2]", ""}, {"\\{", "1", "\\}"},
		{"x_", "1", ""}, {"\\text{", "a", "}"}, {"x=", "x", ""},
		{"a ", "a", ""}, {"\xce\xb1", "", ""}, {"1", "", "!"},
		{"1,111,", "1", ""}, {"\\log_{", "2", "}3"}, {"$", "", ""},
		{"\\", "", ""}, {"1&", "1", ""}, {"1 \\text{m} ", "", ""},
	};
	static const size_t lengths[] = {30, 200, 4000, 40000};
	enum math_status status;
	size_t i, j;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		for (j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
			text = repeated("", units[i][0], lengths[j],
			    units[i][1], units[i][2]);
			assert_int_equal(equal("(x+\\sqrt{7})^2", text,
			    &status), 0);
			assert_int_equal(equal(text, text, &status), 1);
			free(text);
		}
}

/* Nearly equal, and equal though it needs many bits to see. */
static void
test_near(void **state)
{
	enum math_status status;

	(void)state;
	assert_int_equal(equal("e^{\\pi\\sqrt{163}}", "262537412640768744",
	    &status), 0);
	assert_int_equal(equal("\\sqrt{2}", "\\sqrt{2}+10^{-200}", &status),
	    0);
	assert_int_equal(equal("\\sqrt{2}\\cdot\\sqrt{3}-\\sqrt{6}", "0",
	    &status), 1);
	assert_int_equal(equal("\\sin(10^{30})^2+\\cos(10^{30})^2", "1",
	    &status), 1);
	assert_int_equal(equal("\\sin(10^{30})^2+\\cos(10^{30})^2",
	    "1+10^{-60}", &status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_near),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
