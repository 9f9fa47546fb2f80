#include "lib/rl/eval.h"

#include <math.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-14)

static const struct eval_options options = {.k = {1, 2, 3}, .ks = 3,
    .level = 0.95, .resamples = 1000, .seed = 1};

static void
add(struct eval *e, const char *id, const char *extracted, int correct,
    size_t length)
{
	struct eval_sample s = {.id = id, .id_length = strlen(id),
	    .extracted = extracted,
	    .extracted_length = extracted == NULL ? 0 : strlen(extracted),
	    .correct = correct, .truncated = extracted == NULL,
	    .reward = correct ? 1.5 : -0.5, .length = length,
	    .behaviours = length > 10 ? 1u << 4 : 0};

	assert_int_equal(eval_add(e, &s), 0);
}

/* Prompt a: right, right, wrong; prompt b, in between: none, wrong. */
static void
test_result(void **state)
{
	struct eval *e = eval_new();
	struct eval_result r;

	(void)state;
	assert_non_null(e);
	add(e, "a", "4", 1, 10);
	add(e, "b", NULL, 0, 50);
	add(e, "a", "4", 1, 20);
	add(e, "b", "9", 0, 30);
	add(e, "a", "5", 0, 5);
	assert_int_equal(eval_result(e, &options, &r), 0);
	assert_int_equal(r.prompts, 2);
	assert_int_equal(r.samples, 5);
	CLOSE(r.accuracy, 0.4);
	CLOSE(r.reward, 0.3);
	CLOSE(r.length_mean, 23);
	CLOSE(r.length_median, 20);
	CLOSE(r.length_p95, 46);
	CLOSE(r.truncated, 0.2);
	CLOSE(r.behaviour[4], 0.6);
	CLOSE(r.behaviour[0], 0);
	CLOSE(r.pass[0], (2.0 / 3 + 0) / 2);
	CLOSE(r.pass[1], 0.5);
	CLOSE(r.pass[2], 1);
	assert_int_equal(r.short_prompts[2], 1);
	CLOSE(r.maj[1], 0.5);
	CLOSE(r.maj[2], 1);
	/* Two prompts with 2/3 and 0/2: the extremes of resampling. */
	CLOSE(r.low, 0);
	CLOSE(r.high, 2.0 / 3);
	eval_free(e);
}

static void
test_empty(void **state)
{
	struct eval *e = eval_new();
	struct eval_result r;

	(void)state;
	assert_non_null(e);
	assert_int_equal(eval_result(e, &options, &r), 0);
	assert_int_equal(r.samples, 0);
	assert_true(isnan(r.accuracy) && isnan(r.pass[0]) && isnan(r.low));
	eval_free(e);
	eval_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_empty),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
