#include "lib/score/mathunit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/score/mathword.h"

static void
test_same(void **state)
{
	static const struct {
		const char *a, *b;
		int same;
	} cases[] = {
		{"cm", "centimeters", 1}, {"cm", "centimetre", 1},
		{"m", "M", 0}, {"square feet", "sq. ft", 1},
		{"square feet", "feet", 0}, {"cubic inches", "cu in", 1},
		{"miles per hour", "mph", 1}, {"mph", "kph", 0},
		{"students", "student", 1}, {"berries", "berry", 1},
		{"boxes", "box", 1}, {"right triangles", "triangles", 1},
		{"children tickets", "adult tickets", 0},
		{"triangles", "squares", 0}, {"Dollars", "USD", 1},
		{"degrees", "degree", 1}, {"p.m.", "PM", 1},
		{"a.m.", "p.m.", 0}, {"dollars per hour", "dollars", 0},
		{"meters per second squared", "meters per second", 0},
	};
	struct mathunit a, b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a.count = b.count = 0;
		assert_int_equal(mathunit_add(&a, span_of(cases[i].a), 1), 1);
		assert_int_equal(mathunit_add(&b, span_of(cases[i].b), 1), 1);
		if (mathunit_same(&a, &b) != cases[i].same ||
		    mathunit_same(&b, &a) != cases[i].same)
			fail_msg("%s, %s", cases[i].a, cases[i].b);
	}
}

static void
test_no_unit(void **state)
{
	static const char *const cases[] = {"or more", "thousand", "maybe",
	    "not sure", "half", "", "of the people who live in this town"};
	struct mathunit u;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u.count = 0;
		if (mathunit_add(&u, span_of(cases[i]), 1))
			fail_msg("%s", cases[i]);
	}
}

static void
test_words(void **state)
{
	(void)state;
	assert_int_equal(mathword_phrase(span_of("no solution, 3"), 0, 0), 11);
	assert_int_equal(mathword_phrase(span_of("abc"), 0, 0), 0);
	assert_int_equal(mathword_phrase(span_of("abc"), 1, 0), 3);
	assert_int_equal(mathword_phrase(span_of("cm"), 0, 0), 0);
	assert_int_equal(mathword_phrase(span_of("cm"), 0, 1), 2);
	assert_int_equal(mathword_phrase(span_of("red and blue"), 0, 0), 3);
	assert_int_equal(mathword_phrase(span_of("and blue"), 0, 0), 3);
	assert_int_equal(mathword_number(span_of("Twelve")), 12);
	assert_int_equal(mathword_number(span_of("third")), 3);
	assert_int_equal(mathword_number(span_of("thirdly")), -1);
	assert_int_equal(mathword_set(span_of("No solutions.")), 'O');
	assert_int_equal(mathword_power(span_of("million")), 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_no_unit),
		cmocka_unit_test(test_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
