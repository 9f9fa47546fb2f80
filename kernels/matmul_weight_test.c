/* Gradients of weights and biases against sums in double precision. */
#include "kernels/isa_test.h"

static const enum dtype types[] = {DTYPE_F32, DTYPE_BF16};

/*
 * K+1 roundings of at most 2^-24 of the sum of magnitudes; a bfloat16 dot
 * product may round each product too.
 */
static double
bound(double scale, size_t K)
{
	return scale * (double)(2 * K + 2) * 0x1p-24;
}

static void
check_gradient(struct kernels *k, enum dtype type, size_t M, size_t N, size_t K,
    float *out)
{
	void *dout = isa_filled(type, M * N, 8);
	void *in = isa_filled(type, M * K, 9);
	float *old = isa_filled(DTYPE_F32, N * K, 10);

	memcpy(out, old, N * K * 4);
	k->matmul_backward_weight(k, out, dout, in, type, M, N, K);
	for (size_t n = 0; n < N; n++)
		for (size_t i = 0; i < K; i++) {
			double want = old[n * K + i], scale = fabs(want);

			for (size_t m = 0; m < M; m++) {
				double x =
				    (double)isa_get(dout, type, m * N + n) *
				    isa_get(in, type, m * K + i);

				want += x;
				scale += fabs(x);
			}
			assert_true(
			    fabs(out[n * K + i] - want) <= bound(scale, M));
		}
	free(dout);
	free(in);
	free(old);
}

static void
test_backward_weight(void **state)
{
	static const size_t shapes[][3] = {{1, 1, 1}, {2, 7, 5}, {3, 65, 63},
	    {5, 100, 64}, {64, 48, 130}, {101, 49, 17}, {1027, 13, 66},
	    {2049, 5, 3}, {3, 1550, 20}};
	struct kernels *k[3];

	for (int i = 0; i < 3; i++)
		k[i] = isa_open(state, i + 1);
	for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++)
		for (size_t t = 0; t < 2; t++) {
			size_t M = shapes[s][0], N = shapes[s][1];
			size_t K = shapes[s][2];
			float *one = isa_alloc(N * K * 4);
			float *more = isa_alloc(N * K * 4);

			check_gradient(k[0], types[t], M, N, K, one);
			for (int i = 1; i < 3; i++) {
				check_gradient(k[i], types[t], M, N, K, more);
				assert_memory_equal(more, one, N * K * 4);
			}
			free(one);
			free(more);
		}
	for (int i = 0; i < 3; i++)
		k[i]->close(k[i]);
}

static void
test_bias_backward(void **state)
{
	enum { M = 300, N = 77 };
	struct kernels *k = isa_open(state, 2);

	for (size_t t = 0; t < 2; t++) {
		void *dout = isa_filled(types[t], M * N, 11);
		float *old = isa_filled(DTYPE_F32, N, 12);
		float *dbias = isa_filled(DTYPE_F32, N, 12);

		k->bias_backward(k, dbias, dout, types[t], M, N);
		for (size_t n = 0; n < N; n++) {
			double want = old[n], scale = fabs(want);

			for (size_t m = 0; m < M; m++) {
				float x = isa_get(dout, types[t], m * N + n);

				want += x;
				scale += fabs(x);
			}
			assert_true(fabs(dbias[n] - want) <= bound(scale, M));
		}
		free(dout);
		free(old);
		free(dbias);
	}
	k->close(k);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    ISA_TEST(test_backward_weight),
	    ISA_TEST(test_bias_backward),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
