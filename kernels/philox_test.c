/* Philox4x32-10 against the known answers of Random123's kat_vectors. */
#include "kernels/isa_test.h"

static const struct {
	uint32_t counter[4], key[2], want[4];
} known[] = {
	{{0, 0, 0, 0}, {0, 0},
	    {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
	{{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u},
	    {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
	{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
	    {0xa4093822, 0x299f31d0},
	    {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void
test_known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint32_t out[4];

		philox(out, known[i].counter, known[i].key);
		assert_memory_equal(out, known[i].want, sizeof(out));
	}
}

/* Every field counts; the range and the mean are those of [0, 1). */
static void
test_uniform(void **state)
{
	enum { N = 10000 };
	const struct draw base = {5, 6, 7, 8};
	struct draw other[] = {base, base, base, base, base, base};
	double sum = 0;

	(void)state;
	other[0].seed++;
	other[1].seed += (uint64_t)1 << 32;
	other[2].prompt++;
	other[3].prompt += (uint64_t)1 << 32;
	other[4].sample++;
	other[5].position++;
	assert_true(philox_uniform(&base) == philox_uniform(&base));
	for (size_t i = 0; i < 6; i++)
		assert_true(philox_uniform(&other[i]) !=
		    philox_uniform(&base));
	for (uint32_t i = 0; i < N; i++) {
		struct draw d = {1, 2, 3, i};
		double u = philox_uniform(&d);

		assert_true(u >= 0 && u < 1);
		sum += u;
	}
	/* Five standard deviations of the mean. */
	isa_near(sum / N, 0.5, 5 / sqrt(12.0 * N));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_uniform),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
