/*
 * Matrix products against sums in double precision, and against themselves:
 * a row's bits don't depend on the rows and threads it is computed with.
 */
#include "kernels/isa_test.h"

static const enum dtype types[] = {DTYPE_F32, DTYPE_BF16};

/* in (M, K) of type · weight (N, K) of type + bias, in double. */
static double
reference(const void *in, const void *weight, const float *bias,
    enum dtype type, size_t m, size_t n, size_t K, double *scale)
{
	double sum = bias == NULL ? 0 : bias[n];

	*scale = fabs(sum) + 1e-30;
	for (size_t k = 0; k < K; k++) {
		double x = (double)isa_get(in, type, m * K + k) *
		    isa_get(weight, type, n * K + k);

		sum += x;
		*scale += fabs(x);
	}
	return sum;
}

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
check_shape(struct kernels *k, enum dtype type, size_t M, size_t N, size_t K)
{
	void *in = isa_filled(type, M * K, 1);
	void *weight = isa_filled(type, N * K, 2);
	float *bias = isa_filled(DTYPE_F32, N, 3),
	      *old = isa_filled(DTYPE_F32, M * N, 4);
	float *out = isa_alloc(M * N * 4), *sum = isa_alloc(M * N * 4);
	float *apart = isa_alloc(M * N * 4);
	uint16_t *half = isa_alloc(M * N * 2);
	void *packed = isa_unset(k->packed_bytes(type, N, K));

	memset(out, 0xFF, M * N * 4);
	memcpy(sum, old, M * N * 4);
	k->pack(k, packed, type, N, K, 0, N, weight, type);
	k->matmul(k, out, DTYPE_F32, in, packed, bias, NULL, type, M, N, K);
	k->matmul(k, sum, DTYPE_F32, in, packed, bias, sum, type, M, N, K);
	k->matmul(k, apart, DTYPE_F32, in, packed, bias, old, type, M, N, K);
	assert_memory_equal(apart, sum, M * N * 4);
	k->matmul(k, half, DTYPE_BF16, in, packed, bias, NULL, type, M, N, K);
	for (size_t m = 0; m < M; m++)
		for (size_t n = 0; n < N; n++) {
			size_t i = m * N + n;
			double scale, want;

			want =
			    reference(in, weight, bias, type, m, n, K, &scale);
			assert_true(fabs(out[i] - want) <= bound(scale, K));
			assert_true(sum[i] == old[i] + out[i]);
			assert_int_equal(half[i], isa_to_bf16(out[i]));
		}
	k->matmul(k, out, DTYPE_F32, in, packed, NULL, NULL, type, M, N, K);
	for (size_t n = 0; n < N; n++) {
		double scale, want;

		want = reference(in, weight, NULL, type, M - 1, n, K, &scale);
		assert_true(
		    fabs(out[(M - 1) * N + n] - want) <= bound(scale, K));
	}
	free(in);
	free(weight);
	free(bias);
	free(old);
	free(out);
	free(sum);
	free(apart);
	free(half);
	free(packed);
}

static void
test_product(void **state)
{
	static const size_t Ms[] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 100};
	static const size_t Ns[] = {1, 63, 65, 200};
	static const size_t Ks[] = {1, 2, 3, 130};
	struct kernels *k = isa_open(state, 2);

	for (size_t t = 0; t < 2; t++) {
		for (size_t m = 0; m < sizeof(Ms) / sizeof(*Ms); m++)
			for (size_t n = 0; n < 4; n++)
				for (size_t i = 0; i < 4; i++)
					check_shape(
					    k, types[t], Ms[m], Ns[n], Ks[i]);
		check_shape(k, types[t], 9, 65, 1000);
		/* Longer than one block of K, more rows than one of rows. */
		check_shape(k, types[t], 15, 70, 4099);
		check_shape(k, types[t], 400, 66, 33);
	}
	k->close(k);
}

/* The rows first … first+M-1 of a product, by some threads. */
static void
check_rows(void **state, const char *in, const void *packed, enum dtype type,
    size_t first, size_t M, size_t N, size_t K, int threads, const float *want)
{
	struct kernels *k = isa_open(state, threads);
	float *out = isa_alloc(M * N * 4);

	k->matmul(k, out, DTYPE_F32, in + first * K * isa_size(type), packed,
	    NULL, NULL, type, M, N, K);
	assert_memory_equal(out, want + first * N, M * N * 4);
	free(out);
	k->close(k);
}

static void
test_batch_invariance(void **state)
{
	enum { ROWS = 70, N = 130 };
	static const size_t Ks[] = {75, 2500};
	struct kernels *k = isa_open(state, 1);

	for (size_t c = 0; c < 4; c++) {
		enum dtype type = types[c / 2];
		size_t K = Ks[c % 2];
		void *in = isa_filled(type, ROWS * K, 5);
		void *weight = isa_filled(type, N * K, 6);
		void *packed = isa_unset(k->packed_bytes(type, N, K));
		float *want = isa_alloc(ROWS * N * 4);

		k->pack(k, packed, type, N, K, 0, N, weight, type);
		for (size_t r = 0; r < ROWS; r++)
			k->matmul(k, want + r * N, DTYPE_F32,
			    (char *)in + r * K * isa_size(type), packed, NULL,
			    NULL, type, 1, N, K);
		for (size_t M = 1; M <= ROWS; M += K > 100 ? 7 : 1)
			for (int threads = 1; threads <= 3; threads++) {
				check_rows(state, in, packed, type, 0, M, N, K,
				    threads, want);
				check_rows(state, in, packed, type, ROWS - M, M,
				    N, K, threads, want);
			}
		free(in);
		free(weight);
		free(packed);
		free(want);
	}
	k->close(k);
}

/* More rows than one block of them, up to a GPU's or an update's. */
static void
test_many_rows(void **state)
{
	enum { ROWS = 1024, N = 66, K = 35 };
	static const size_t Ms[] = {71, 191, 192, 193, 400, 777, ROWS};
	struct kernels *k = isa_open(state, 1);

	for (size_t t = 0; t < 2; t++) {
		void *in = isa_filled(types[t], ROWS * K, 7);
		void *weight = isa_filled(types[t], N * K, 8);
		void *packed = isa_unset(k->packed_bytes(types[t], N, K));
		float *want = isa_alloc(ROWS * N * 4);

		k->pack(k, packed, types[t], N, K, 0, N, weight, types[t]);
		for (size_t r = 0; r < ROWS; r++)
			k->matmul(k, want + r * N, DTYPE_F32,
			    (char *)in + r * K * isa_size(types[t]), packed,
			    NULL, NULL, types[t], 1, N, K);
		for (size_t i = 0; i < sizeof(Ms) / sizeof(*Ms); i++)
			for (int threads = 1; threads <= 3; threads++)
				check_rows(state, in, packed, types[t],
				    ROWS - Ms[i], Ms[i], N, K, threads, want);
		free(in);
		free(weight);
		free(packed);
		free(want);
	}
	k->close(k);
}

/* What is not there must not be touched. */
static void
test_empty(void **state)
{
	struct kernels *k = isa_open(state, 2);
	float bias[2] = {1, 2}, out[4] = {0}, dweight[2] = {3, 4};

	k->matmul(k, NULL, DTYPE_F32, NULL, NULL, NULL, NULL, DTYPE_F32, 0, 5,
	    5);
	k->matmul_backward_weight(k, dweight, NULL, NULL, DTYPE_BF16, 0, 1, 2);
	k->matmul(k, out, DTYPE_F32, NULL, NULL, bias, NULL, DTYPE_F32, 2, 2,
	    0);
	assert_true(out[0] == 1 && out[1] == 2 && out[2] == 1 && out[3] == 2);
	assert_true(dweight[0] == 3 && dweight[1] == 4);
	k->close(k);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    ISA_TEST(test_product),
	    ISA_TEST(test_batch_invariance),
	    ISA_TEST(test_many_rows),
	    ISA_TEST(test_empty),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
