/* Conversion of types, bit for bit, and sums of squares. */
#include "kernels/isa_test.h"

/* Every bfloat16 there and back; a signalling NaN may come back quiet. */
static void
test_all_bf16(void **state)
{
	enum { N = 65536 };
	struct kernels *k = isa_open(state, 2);
	uint16_t *in = isa_alloc(N * 2), *out = isa_alloc(N * 2);
	float *wide = isa_alloc(N * sizeof(*wide));

	for (size_t i = 0; i < N; i++)
		in[i] = (uint16_t)i;
	k->convert(k, wide, DTYPE_F32, in, DTYPE_BF16, N);
	k->convert(k, out, DTYPE_BF16, wide, DTYPE_F32, N);
	for (size_t i = 0; i < N; i++) {
		float f = isa_from_bf16(in[i]);

		assert_memory_equal(&wide[i], &f, sizeof(f));
		assert_int_equal(out[i], f != f ? in[i] | 0x40 : in[i]);
	}
	free(in);
	free(out);
	free(wide);
	k->close(k);
}

/* Random bit patterns, denormals, ties to even, overflow to infinity. */
static void
test_rounding(void **state)
{
	static const uint32_t special[] = {0x3F808000, 0x3F818000, 0x3F808001,
	    0x3F807FFF, 0x7F7FFFFF, 0x00000001, 0x00008000, 0x00018000,
	    0x80000000, 0x7F800000, 0xFF800000, 0x7F800001};
	static const uint16_t want[] = {0x3F80, 0x3F82, 0x3F81, 0x3F80, 0x7F80,
	    0x0000, 0x0000, 0x0002, 0x8000, 0x7F80, 0xFF80, 0x7FC0};
	enum { N = 50001, S = sizeof(special) / sizeof(special[0]) };
	struct kernels *k = isa_open(state, 3);
	float *in = isa_alloc(N * sizeof(*in));
	uint16_t *out = isa_alloc(N * sizeof(*out));
	uint64_t seed = 1;

	for (size_t i = 0; i < N; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint32_t u = i < S ? special[i] : (uint32_t)(seed >> 32);

		memcpy(&in[i], &u, sizeof(u));
	}
	k->convert(k, out, DTYPE_BF16, in, DTYPE_F32, N);
	for (size_t i = 0; i < S; i++)
		assert_int_equal(out[i], want[i]);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(out[i], isa_to_bf16(in[i]));
	free(in);
	free(out);
	k->close(k);
}

static void
test_same_type(void **state)
{
	enum { N = 40003 };
	struct kernels *k = isa_open(state, 2);
	float *in = isa_random(N, 1, 1), *out = isa_random(N, 1, 2);

	k->convert(k, out, DTYPE_F32, in, DTYPE_F32, N);
	assert_memory_equal(out, in, N * sizeof(*in));
	k->convert(k, out, DTYPE_BF16, in + 1, DTYPE_BF16, N);
	assert_memory_equal(out, in + 1, N * 2);
	k->convert(k, NULL, DTYPE_BF16, NULL, DTYPE_F32, 0);
	free(in);
	free(out);
	k->close(k);
}

static void
test_sum_squares(void **state)
{
	static const size_t sizes[] = {0, 1, 17, 16384, 16385, 100003};
	float *in = isa_random(100003, 3, 1);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		double want = 0, got[4];

		for (size_t j = 0; j < sizes[i]; j++)
			want += (double)in[j] * in[j];
		for (int n = 1; n <= 3; n++) {
			struct kernels *k = isa_open(state, n);

			got[n] = k->sum_squares(k, in, sizes[i]);
			isa_near(got[n], want, 1e-13);
			assert_memory_equal(&got[n], &got[1], sizeof(got[1]));
			k->close(k);
		}
	}
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_all_bf16),
		ISA_TEST(test_rounding),
		ISA_TEST(test_same_type),
		ISA_TEST(test_sum_squares),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
