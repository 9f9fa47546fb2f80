/*
 * The rotary table against transformers 5.23.0's, also far out, where an error
 * of one ulp in a frequency would show a thousandfold.
 */
#include "lib/model/rotary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* Pair `pair` at `position` of the table for D, theta and a scaling. */
struct expected {
	size_t position, pair;
	float cosine, sine;
};

/* Both sides round a cosine to fp32: one ulp below 1 is 6e-8. */
#define TOLERANCE 6.0e-8f

static void
check(size_t head_dim, double theta, struct rope_scaling scaling,
    size_t positions, const struct expected *e, size_t count)
{
	struct config c = {
	    .head_dim = head_dim, .rope_theta = theta, .rope_scaling = scaling};
	float *table = malloc(positions * head_dim * sizeof(*table));
	const float *row;

	assert_non_null(table);
	rotary_table(table, &c, positions);
	for (size_t i = 0; i < count; i++) {
		assert_true(e[i].position < positions);
		row = table + e[i].position * head_dim;
		assert_true(fabsf(row[e[i].pair] - e[i].cosine) <= TOLERANCE);
		assert_true(fabsf(row[head_dim / 2 + e[i].pair] - e[i].sine) <=
		    TOLERANCE);
	}
	for (size_t i = 0; i < head_dim; i++)
		assert_true(table[i] == (i < head_dim / 2));
	free(table);
}

#define CHECK(head_dim, theta, scaling, positions, e) \
	check(head_dim, theta, scaling, positions, e, sizeof(e) / sizeof(*e))

static const struct rope_scaling none;

static void
plain(void **state)
{
	static const struct expected wide[] = {
	    {1, 0, 0.540302336f, 0.841470957f},
	    {1, 31, 1, 1.53992653e-06f},
	    {63, 5, 0.547065556f, 0.837089777f},
	    {32767, 1, -0.960495293f, -0.278296173f},
	    {32767, 20, 0.897690177f, -0.440627187f},
	};
	static const struct expected narrow[] = {
	    {1, 11, 1, 3.16227693e-06f},
	    {63, 1, 0.477671444f, 0.878538549f},
	    {255, 2, 0.933315814f, 0.359056562f},
	};

	(void)state;
	CHECK(64, 1e6, none, 32768, wide);
	CHECK(24, 1e6, none, 256, narrow);
}

static void
llama3(void **state)
{
	/* Kept, blended and stretched wavelengths of Llama 3.1's own. */
	static const struct expected wide[] = {
	    {1, 0, 0.540302336f, 0.841470957f},
	    {8191, 20, -0.848267138f, -0.529568493f},
	    {8191, 33, -0.836287737f, 0.548290789f},
	    {8193, 36, 0.803409517f, 0.595426857f},
	    {32767, 60, 0.999826968f, 0.0186010413f},
	};
	static const struct expected narrow[] = {
	    {1, 1, 0.970286429f, 0.241959244f},
	    {63, 2, 0.681005001f, 0.732278764f},
	    {89, 3, 0.93875283f, 0.344591349f},
	    {255, 7, 0.999949217f, 0.0100795906f},
	};
	const struct rope_scaling llama = {8, 1, 4, 8192};
	const struct rope_scaling tiny = {8, 1, 4, 64};

	(void)state;
	CHECK(128, 500000, llama, 32768, wide);
	CHECK(16, 10000, tiny, 256, narrow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain),
	    cmocka_unit_test(llama3),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
