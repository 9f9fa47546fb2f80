#include "lib/rl/paired.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-14)

/* The resamples' numbers in base n: each of the n^n once, not by chance. */
static size_t
each(void *context, size_t resample, size_t i, size_t n)
{
	(void)context;
	while (i-- > 0)
		resample /= n;
	return resample % n;
}

static const struct paired_options options = {.level = 0.95,
    .resamples = 256, .draw = each};

/*
 * Four prompts of one sample: right in the second only, twice; in both; in the
 * first only.  The sum S of four of the differences 1, 1, 0, -1 has the
 * coefficients of (2x + 1 + 1/x)^4: 1 4 14 28 49 56 56 32 16, for S = -4 to 4.
 * The difference is 1/4, S = 1, which is all that lies nearer than 1/4 to it.
 */
static void
test_enumerated(void **state)
{
	struct paired_prompt prompts[4] = {
		{{{0, 0, 7}, {1, 2, 5}}, {1, 1}},
		{{{0, 0, 7}, {1, 2, 5}}, {1, 1}},
		{{{1, 2, 7}, {1, 2, 5}}, {1, 1}},
		{{{1, 2, 7}, {0, 0, 5}}, {1, 1}},
	};
	struct paired_result r[PAIRED_FIGURES];

	(void)state;
	assert_int_equal(paired_bootstrap(prompts, 4, &options, r), 0);
	CLOSE(r[PAIRED_ACCURACY].mean[0], 0.5);
	CLOSE(r[PAIRED_ACCURACY].mean[1], 0.75);
	CLOSE(r[PAIRED_ACCURACY].difference, 0.25);
	CLOSE(r[PAIRED_ACCURACY].p, (256 - 56 + 1) / 257.0);
	/* Between ranks 6.4 and 248.6 of 0 ... 255. */
	CLOSE(r[PAIRED_ACCURACY].low, -0.5);
	CLOSE(r[PAIRED_ACCURACY].high, 1);
	CLOSE(r[PAIRED_REWARD].difference, 0.5);
	CLOSE(r[PAIRED_REWARD].p, r[PAIRED_ACCURACY].p);
	/* The same everywhere: no resample is as far from -2 as 0 is. */
	CLOSE(r[PAIRED_LENGTH].difference, -2);
	CLOSE(r[PAIRED_LENGTH].low, -2);
	CLOSE(r[PAIRED_LENGTH].p, 1 / 257.0);
}

/* Means are over samples: two prompts, with 1 and 3 in the first. */
static void
test_counts(void **state)
{
	struct paired_options two = {.level = 0.9, .resamples = 4,
	    .draw = each};
	struct paired_prompt prompts[2] = {
		{{{1, 1, 4}, {1, 1, 4}}, {1, 2}},
		{{{0, 0, 9}, {1, 1, 4}}, {3, 2}},
	};
	struct paired_result r[PAIRED_FIGURES];

	(void)state;
	assert_int_equal(paired_bootstrap(prompts, 2, &two, r), 0);
	CLOSE(r[PAIRED_ACCURACY].mean[0], 0.25);
	CLOSE(r[PAIRED_ACCURACY].mean[1], 0.5);
	/* d* of -1/2, 1/4, 1/4, 1/2 about 1/4: two as far as 1/4. */
	CLOSE(r[PAIRED_ACCURACY].p, 3 / 5.0);
	CLOSE(r[PAIRED_LENGTH].mean[0], 13 / 4.0);
	CLOSE(r[PAIRED_LENGTH].mean[1], 2);
}

/* Two evaluations that are one: chance makes no less. */
static void
test_equal(void **state)
{
	struct paired_prompt prompts[2] = {
		{{{1, 1, 4}, {1, 1, 4}}, {1, 1}},
		{{{0, 0, 9}, {0, 0, 9}}, {1, 1}},
	};
	struct paired_result r[PAIRED_FIGURES];

	(void)state;
	assert_int_equal(paired_bootstrap(prompts, 2, &options, r), 0);
	CLOSE(r[PAIRED_ACCURACY].difference, 0);
	CLOSE(r[PAIRED_ACCURACY].p, 1);
	CLOSE(r[PAIRED_ACCURACY].low, 0);
	CLOSE(r[PAIRED_ACCURACY].high, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enumerated),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_equal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
