#include "lib/score/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct rules_options lenient, strict = {.strict = 1};

static struct rules_input
input(const char *response, const char *answer, const char *source)
{
	return (struct rules_input){.response = span_of(response),
	    .answer = span_of(answer), .source = source == NULL
	    ? (struct span){NULL, 0} : span_of(source)};
}

static struct rules *
by_source(int want_mark)
{
	return rules_new(NULL, 0, want_mark ? &strict : &lenient, NULL);
}

static void
check(struct rules *r, struct rules_input in, double reward, int correct,
    const char *scorer)
{
	struct rules_result out = {0};

	assert_non_null(r);
	assert_int_equal(rules_judge(r, &in, &out, NULL), 0);
	assert_true(out.reward == reward);
	assert_int_equal(out.correct, correct);
	assert_string_equal(out.scorer.data, scorer);
	rules_clear(&out);
	rules_free(r);
}

static void
test_auto(void **state)
{
	(void)state;
	check(by_source(0), input("It is 5.", "5", "gsm8k"),
	    1, 1, "gsm8k:last-number");
	check(by_source(1), input("It is 5.", "5", "gsm8k"),
	    0, 0, "gsm8k-strict:absent");
	check(by_source(0), input("It is 5.", "5.0", "svamp"),
	    1, 1, "gsm8k:last-number");
	check(by_source(0), input("\\boxed{0.5}", "\\frac12",
	    "math-500"), 1, 1, "math:boxed");
	check(by_source(0), input("\\boxed{5}", "5", "lighteval/MATH"), 1, 1,
	    "math:boxed");
	check(by_source(0), input("#### yes ", " yes", "demo"),
	    1, 1, "exact:####");
	check(by_source(0), input("Yes", "yes", "demo"), 0, 0,
	    "exact:whole");
}

static void
test_sums(void **state)
{
	static const char *const sum[] = {"gsm8k", "regex:(\\d+)\\.$=0.25",
	    "exact=-1"};
	static const char *const equals[] = {"regex:x=(\\d)=2"};

	(void)state;
	check(rules_new(sum, 3, &lenient, NULL), input("It is 5.", "5", NULL),
	    1.25, 1, "gsm8k:last-number+regex:(\\d+)\\.$=0.25+exact:whole=-1");
	check(rules_new(equals, 1, &lenient, NULL), input("x=5", "5", NULL),
	    2, 1, "regex:x=(\\d)=2");
}

static void
test_model(void **state)
{
	static const char *const model[] = {"model", "model=0.5"},
	    *const both[] = {"exact", "model=-2"};
	struct rules_input in = {.response = span_of("5"), .score = 1.5};
	struct rules *r = rules_new(both, 2, &lenient, NULL);

	(void)state;
	assert_true(rules_model(r) && rules_compare(r) && !rules_command(r));
	rules_free(r);
	r = rules_new(model, 2, &lenient, NULL);
	assert_true(rules_model(r) && !rules_compare(r));
	check(r, in, 2.25, 1, "model+model=0.5");
	in.sigmoid = 1;
	in.score = 0; /* even odds are not enough to be called correct */
	check(rules_new(model, 1, &lenient, NULL), in, 0.5, 0, "model");
	in.score = -1000;
	check(rules_new(model, 1, &lenient, NULL), in, 0, 0, "model");
	in = input("5", "5", NULL);
	in.score = 0.25;
	check(rules_new(both, 2, &lenient, NULL), in, 0.5, 1,
	    "exact:whole+model=-2");
}

static void
test_errors(void **state)
{
	static const char *const bad[] = {"nonsense", "regex:(", "", "gsm8k=x",
	    "gsm8k=1e999", "regex"};
	struct rules_input in = input("5", "5", NULL);
	struct rules_result out = {0};
	struct error err;
	struct rules *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(rules_new(&bad[i], 1, &lenient, &err));
		assert_int_equal(err.status, STATUS_USAGE);
	}
	r = by_source(0);
	assert_non_null(r);
	assert_int_equal(rules_judge(r, &in, &out, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_non_null(strstr(err.text, "source: missing"));
	rules_clear(&out);
	rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
