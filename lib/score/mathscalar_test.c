#include "lib/score/mathscalar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/score/mathexact.h"
#include "lib/score/mathparse.h"
#include "lib/score/mathset.h"

static struct mathvalue
read_value(struct mathwork *w, const char *latex)
{
	struct mathtoken *row;
	size_t n;

	row = mathtoken_row(w, span_of(latex), &n);
	assert_non_null(row);
	return (struct mathvalue){mathparse(w, row, n, 0), 0};
}

/* Rational values as FLINT writes them; "" where there is none. */
static void
test_exact(void **state)
{
	static const char *const cases[][2] = {
		{"\\frac{2}{4}", "1/2"}, {"2^{-3}", "1/8"}, {"\\sqrt{49}", "7"},
		{"\\sqrt{2}", ""}, {"\\sqrt[3]{-27}", "-3"},
		{"\\sqrt[3]{\\frac{8}{27}}", "2/3"}, {"4^{1.5}", "8"},
		{"(-8)^{1/3}", "-2"}, {"(-8)^{2/3}", "4"}, {"20!/18!", "380"},
		{"\\binom{10}{3}", "120"}, {"\\binom{3}{10}", "0"},
		{"\\lfloor -3.5\\rfloor", "-4"}, {"\\gcd(12,18)", "6"},
		{"\\mathrm{lcm}(4,6)", "12"}, {"\\max(1,3,2)", "3"},
		{"0.1\\overline{6}", "1/6"}, {"12\\%", "3/25"},
		{"1/0", ""}, {"2^{1000000}", ""}, {"4000!", ""}, {"\\pi", ""},
		{"1011_2", "11"}, {"2AF_{16}", "687"}, {"|2-5|", "3"},
	};
	static const struct mathpoint nowhere;
	struct mathwork w;
	char text[256];
	fmpq_t q;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mathwork_init(&w);
		fmpq_init(q);
		rc = mathexact(&w, read_value(&w, cases[i][0]).n, &nowhere, q);
		text[0] = '\0';
		if (rc == MATHPOINT_VALUE)
			fmpq_get_str(text, 10, q);
		if (strcmp(text, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], text);
		fmpq_clear(q);
		mathwork_clear(&w);
	}
}

static void
test_order(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
		{"1", "2", -1}, {"\\frac12", "0.5", 0}, {"\\pi", "3", 1},
		{"\\sqrt2", "\\sqrt3", -1}, {"\\sqrt8", "2\\sqrt2", 0},
		{"-\\infty", "-10^{99}", -1}, {"\\infty", "x", 1},
		{"x", "1", 2}, {"i", "1", 2},
	};
	struct mathwork w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mathwork_init(&w);
		if (mathscalar_order(&w, read_value(&w, cases[i].a),
		    read_value(&w, cases[i].b)) != cases[i].order)
			fail_msg("%s, %s", cases[i].a, cases[i].b);
		mathwork_clear(&w);
	}
}

/* Sets: the number of parts, or -1 where it is none; and equality. */
static void
test_sets(void **state)
{
	static const struct {
		const char *text;
		int parts;
	} cases[] = {
		{"[1,2]", 1}, {"(3,3)", -1}, {"[3,3]", 1}, {"(5,3)", -1},
		{"[1,2]\\cup[2,3]", 1}, {"[1,2)\\cup(2,3]", 2},
		{"\\{1,2,3\\}", 3}, {"\\mathbb{R}\\setminus\\{1,2\\}", 3},
		{"[0,5]\\cap[3,9]", 1}, {"[0,1]\\cap[3,9]", 0},
		{"x\\ne 4", 2}, {"1<x\\le 2", 1}, {"1<x>0", -1},
		{"2x<12", -1}, {"x<1\\text{ or }x>2", 2},
		{"x>1, x<2", 1}, {"x<1, x>2", 2}, {"x<1, y>2", -1}, {"5", -1},
		{"(-a,a)", 1},
	};
	struct mathwork w;
	struct mathset s;
	size_t i;
	int parts;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mathwork_init(&w);
		memset(&s, 0, sizeof(s));
		parts = mathset_of(&w, read_value(&w, cases[i].text), &s)
		    ? (int)s.count : -1;
		if (parts != cases[i].parts)
			fail_msg("%s: %d", cases[i].text, parts);
		mathwork_clear(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sets),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
