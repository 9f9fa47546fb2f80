#include "lib/rl/estimate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-14)

/* By counting: of C(5,2) = 10 pairs, C(3,2) = 3 miss both correct ones. */
static void
test_pass(void **state)
{
	(void)state;
	CLOSE(estimate_pass(5, 2, 2), 0.7);
	CLOSE(estimate_pass(8, 3, 1), 0.375);
	CLOSE(estimate_pass(10, 1, 10), 1);
	CLOSE(estimate_pass(10, 0, 10), 0);
	CLOSE(estimate_pass(4, 4, 1), 1);
	/* 1 - C(190,100) / C(200,100): binomials far beyond a double. */
	CLOSE(estimate_pass(200, 10, 100), 0.9992289739372822);
}

static void
test_majority(void **state)
{
	const size_t none = SIZE_MAX;
	const size_t answers[8] = {1, 1, 2, 3, 2, 2, none, none};
	const unsigned char correct[8] = {1, 1, 0, 0, 0, 0, 0, 0};
	const size_t tie[4] = {1, 2, none, 3};
	const unsigned char tied[4] = {1, 0, 0, 0};

	(void)state;
	CLOSE(estimate_majority(answers, correct, 8, 4), 0.5);
	CLOSE(estimate_majority(answers, correct, 8, 1), 0.25);
	/* Two votes for 1, three for 2, one for 3. */
	CLOSE(estimate_majority(answers, correct, 8, 8), 0);
	/* Three fit twice, the last two samples are left out. */
	CLOSE(estimate_majority(answers, correct, 8, 3), 0.5);
	CLOSE(estimate_majority(tie, tied, 4, 4), 1.0 / 3);
	CLOSE(estimate_majority(&none, tied, 1, 1), 0);
}

static void
test_quantile(void **state)
{
	const double v[4] = {1, 2, 3, 10};

	(void)state;
	CLOSE(estimate_quantile(v, 4, 0.5), 2.5);
	CLOSE(estimate_quantile(v, 4, 0.95), 8.95);
	CLOSE(estimate_quantile(v, 4, 0), 1);
	CLOSE(estimate_quantile(v, 4, 1), 10);
	CLOSE(estimate_quantile(v, 1, 0.3), 1);
}

/*
 * 100 prompts with one sample each, half of them correct: the exact binomial
 * percentiles 2.5 and 97.5 are 0.40 and 0.60.
 */
static void
test_interval(void **state)
{
	double sums[100], counts[100], low, high, low2, high2;
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++) {
		sums[i] = (double)(i % 2);
		counts[i] = 1;
	}
	assert_int_equal(estimate_interval(sums, counts, 100, 0.95, 10000, 1,
	    &low, &high), 0);
	assert_true(fabs(low - 0.40) <= 0.0100001);
	assert_true(fabs(high - 0.60) <= 0.0100001);
	assert_int_equal(estimate_interval(sums, counts, 100, 0.95, 10000, 1,
	    &low2, &high2), 0);
	assert_true(low == low2 && high == high2);
	/* Samples of one prompt are no independent evidence: 8 times as
	 * many change nothing. */
	for (i = 0; i < 100; i++) {
		sums[i] *= 8;
		counts[i] = 8;
	}
	assert_int_equal(estimate_interval(sums, counts, 100, 0.95, 10000, 1,
	    &low2, &high2), 0);
	assert_true(low == low2 && high == high2);
	assert_int_equal(estimate_interval(sums + 1, counts, 1, 0.95, 10, 1,
	    &low, &high), 0);
	assert_true(low == 1 && high == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_majority),
		cmocka_unit_test(test_quantile),
		cmocka_unit_test(test_interval),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
