/* Losses of values by hand and by finite differences; how good a fit is. */
#include "lib/rl/regression.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* 0.5/2·(0.5² + 2²) */
static void
test_squares(void **state)
{
	const float value[] = {1.5f, -1}, target[] = {1, 1};
	float d[2];

	(void)state;
	assert_near(regression_squares(d, value, target, 0.5, 2), 1.0625,
	    1e-12);
	assert_near(d[0], 0.25, 1e-7);
	assert_near(d[1], -1, 1e-7);
	assert_near(regression_squares(d, value, target, 0.5, 0), 0, 0);
}

static void
test_bce(void **state)
{
	static const float logits[] = {-3, -0.5f, 0, 0.25f, 4};
	static const float targets[] = {0, 0.25f, 1};
	float d, ignored;

	(void)state;
	assert_near(regression_bce(&d, 0, 1, 2), 2 * log(2), 1e-12);
	assert_near(d, -1, 1e-7);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 3; j++) {
			float h = 1.0f / 64, x = logits[i], t = targets[j];
			double up = regression_bce(&ignored, x + h, t, 0.5);
			double down = regression_bce(&ignored, x - h, t, 0.5);

			(void)regression_bce(&d, x, t, 0.5);
			/* The third derivative times h²/6 is below 1e-5. */
			assert_near(d, (up - down) / (2 * h), 1e-5);
		}
	/* Far out the loss is the distance, and nothing overflows. */
	assert_near(regression_bce(&d, 1000, 0, 1), 1000, 1e-9);
	assert_near(d, 1, 1e-7);
	assert_near(regression_bce(&d, -1000, 0, 1), 0, 1e-9);
	assert_near(d, 0, 1e-7);
}

static void
test_fit(void **state)
{
	struct regression_fit f = {0}, constant = {0};

	(void)state;
	assert_true(isnan(regression_explained(&f)));
	regression_add(&f, 0.9f, 1, 1);
	regression_add(&f, 0.2f, 0, 1);
	regression_add(&f, 0.6f, 0, 1);
	regression_add(&f, 0.6f, 0.5f, 1);
	assert_int_equal(f.judged, 3);
	assert_int_equal(f.right, 2);
	assert_near(f.value.mean, 0.575, 1e-6);
	assert_near(f.target.mean, 0.375, 1e-6);
	/* Residuals 0.1, -0.2, -0.6, -0.1: 0.26 about their mean -0.2. */
	assert_near(regression_explained(&f), 1 - 0.26 / 0.6875, 1e-6);
	regression_add(&constant, 0.5f, 1, 0);
	regression_add(&constant, 0.7f, 1, 0);
	assert_int_equal(constant.judged, 0);
	assert_true(isnan(regression_explained(&constant)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_squares),
		cmocka_unit_test(test_bce),
		cmocka_unit_test(test_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
