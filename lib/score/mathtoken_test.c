#include "lib/score/mathtoken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The tokens as text: signs as they are, the others as their kind's letter. */
static void
spell(const char *latex, char *out)
{
	static const char kinds[] = {'?', '?', '1', 'x', '<', '>', 'w', 'f',
	    'c', '!'};
	struct mathwork w;
	struct mathtoken *row;
	size_t n = 0, i;

	mathwork_init(&w);
	row = mathtoken_row(&w, span_of(latex), &n);
	if (row == NULL)
		n = 0;
	for (i = 0; i < n; i++)
		out[i] = row[i].kind == TOKEN_SIGN ? row[i].c
		    : kinds[row[i].kind];
	out[n] = '\0';
	mathwork_clear(&w);
}

static void
test_row(void **state)
{
	static const char *const cases[][2] = {
		{"", ""}, {"12", "1"}, {"x+y", "x+x"}, {"\\frac12", "c1"},
		{"$\\left( 3,\\, \\pi \\right]$.", "(1,p]."},
		{"\\displaystyle\\sin x", "fx"}, {"sin x", "fx"},
		{"90^\\circ", "1^c"}, {"5\\text{ cm}^2", "1w^1"},
		{"5 cm", "1w"}, {"cm", "xx"}, {"\\text{A, C}", "w,w"},
		{"\\text{October 30}", "w1"}, {"saturn", "w"},
		{"2 \\text{ and } 3", "1w1"}, {"2 or 3", "1w1"},
		{"\\mathrm{lcm}(4,6)", "f(1,1)"}, {"1{,}000", "1,1"},
		{"\\{1\\}", "{1}"}, {"\\lvert x\\rvert", "|x|"},
		{"a\\le b", "xlx"}, {"\xe2\x88\x92" "6", "-1"},
		{"10\xe2\x81\xbb\xc2\xb3", "1^<-1>"}, {"\\nosuch 1", "!1"},
		{"\xef\xbc\x95", "1"}, {"\\text{unclosed", ""},
		{"\\$5", "$1"}, {"\\alpha\\beta", "xx"}, {"{x}", "<x>"},
	};
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		spell(cases[i][0], out);
		if (strcmp(out, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], out);
	}
}

static void
test_limits(void **state)
{
	char *text = malloc(MATHTOKEN_BYTES + 1);
	struct mathwork w;
	size_t n;

	(void)state;
	assert_non_null(text);
	memset(text, '1', MATHTOKEN_BYTES + 1);
	mathwork_init(&w);
	assert_null(mathtoken_row(&w, (struct span){text,
	    MATHTOKEN_BYTES + 1}, &n));
	assert_int_equal(w.failure, MATHWORK_OVER);
	mathwork_clear(&w);
	assert_non_null(mathtoken_row(&w, (struct span){text,
	    MATHTOKEN_BYTES}, &n));
	assert_int_equal(n, 1);
	mathwork_clear(&w);
	free(text);
}

static void
test_trim(void **state)
{
	struct mathwork w;
	struct mathtoken *row;
	size_t n;

	(void)state;
	mathwork_init(&w);
	row = mathtoken_row(&w, span_of("{{5.},}."), &n);
	mathtoken_trim(&row, &n);
	assert_int_equal(n, 1);
	assert_int_equal(row->kind, TOKEN_DIGITS);
	row = mathtoken_row(&w, span_of("{1}{2}"), &n);
	mathtoken_trim(&row, &n);
	assert_int_equal(n, 6);
	mathwork_clear(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_trim),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
