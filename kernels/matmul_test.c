/*
 * Matrix products against sums in double precision, and against themselves:
 * a row's bits don't depend on the rows and threads it is computed with.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const isas[] = {"portable", "avx2", "avx512"};
static const enum dtype types[] = {DTYPE_F32, DTYPE_BF16};

/* A kernels object of the test's instruction set, skipped where it can't run. */
static struct kernels *
open_kernels(void **state, int threads)
{
	struct kernels *k;

	setenv("EMPG_ISA", *state, 1);
	k = kernels_cpu(threads);
	if (k == NULL)
		skip();
	return k;
}

static float
uniform(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (float)(int32_t)(*seed >> 32) / 2147483648.0f;
}

static uint16_t
to_bf16(float f)
{
	uint32_t u;

	memcpy(&u, &f, 4);
	return (uint16_t)((u + 0x7FFF + (u >> 16 & 1)) >> 16);
}

static float
from_bf16(uint16_t h)
{
	uint32_t u = (uint32_t)h << 16;
	float f;

	memcpy(&f, &u, 4);
	return f;
}

static size_t
size_of(enum dtype type)
{
	return type == DTYPE_BF16 ? 2 : 4;
}

static float
get(const void *p, enum dtype type, size_t i)
{
	if (type == DTYPE_BF16)
		return from_bf16(((const uint16_t *)p)[i]);
	return ((const float *)p)[i];
}

/* Without slack, so that a sanitizer sees any access beyond n. */
static void *
filled(enum dtype type, size_t n, uint64_t seed)
{
	void *p = test_malloc(n * size_of(type) + 1);

	for (size_t i = 0; i < n; i++)
		if (type == DTYPE_BF16)
			((uint16_t *)p)[i] = to_bf16(uniform(&seed));
		else
			((float *)p)[i] = uniform(&seed);
	return p;
}

static void *
packed_new(size_t bytes)
{
	/* NaN in all padding that pack forgets. */
	void *p = test_malloc(bytes + 1);

	memset(p, 0xFF, bytes);
	return p;
}

/* in (M, K) of type · weight (N, K) of type + bias, in double. */
static double
reference(const void *in, const void *weight, const float *bias,
    enum dtype type, size_t m, size_t n, size_t K, double *scale)
{
	double sum = bias == NULL ? 0 : bias[n];

	*scale = fabs(sum) + 1e-30;
	for (size_t k = 0; k < K; k++) {
		double x = (double)get(in, type, m * K + k) *
		    get(weight, type, n * K + k);

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
	void *in = filled(type, M * K, 1), *weight = filled(type, N * K, 2);
	float *bias = filled(DTYPE_F32, N, 3), *old = filled(DTYPE_F32, M * N, 4);
	float *out = test_malloc(M * N * 4), *sum = test_malloc(M * N * 4);
	uint16_t *half = test_malloc(M * N * 2);
	void *packed = packed_new(k->packed_bytes(type, N, K));

	memset(out, 0xFF, M * N * 4);
	memcpy(sum, old, M * N * 4);
	k->pack(k, packed, type, N, K, 0, N, weight, type);
	k->matmul(k, out, DTYPE_F32, in, packed, bias, type, M, N, K, 0);
	k->matmul(k, sum, DTYPE_F32, in, packed, bias, type, M, N, K, 1);
	k->matmul(k, half, DTYPE_BF16, in, packed, bias, type, M, N, K, 0);
	for (size_t m = 0; m < M; m++)
		for (size_t n = 0; n < N; n++) {
			size_t i = m * N + n;
			double scale, want = reference(in, weight, bias, type,
			    m, n, K, &scale);

			assert_true(fabs(out[i] - want) <= bound(scale, K));
			assert_true(sum[i] == old[i] + out[i]);
			assert_int_equal(half[i], to_bf16(out[i]));
		}
	k->matmul(k, out, DTYPE_F32, in, packed, NULL, type, M, N, K, 0);
	for (size_t n = 0; n < N; n++) {
		double scale, want = reference(in, weight, NULL, type, M - 1, n,
		    K, &scale);

		assert_true(fabs(out[(M - 1) * N + n] - want) <=
		    bound(scale, K));
	}
	test_free(in);
	test_free(weight);
	test_free(bias);
	test_free(old);
	test_free(out);
	test_free(sum);
	test_free(half);
	test_free(packed);
}

static void
test_product(void **state)
{
	static const size_t Ms[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	    100};
	static const size_t Ns[] = {1, 63, 65, 200};
	static const size_t Ks[] = {1, 2, 3, 130};
	struct kernels *k = open_kernels(state, 2);

	for (size_t t = 0; t < 2; t++) {
		for (size_t m = 0; m < sizeof(Ms) / sizeof(*Ms); m++)
			for (size_t n = 0; n < 4; n++)
				for (size_t i = 0; i < 4; i++)
					check_shape(k, types[t], Ms[m], Ns[n],
					    Ks[i]);
		check_shape(k, types[t], 9, 65, 1000);
		/* Longer than one block of K, more rows than one of rows. */
		check_shape(k, types[t], 15, 70, 4099);
		check_shape(k, types[t], 400, 66, 33);
	}
	k->close(k);
}

/* The rows first … first+M-1 of a product, by some threads. */
static void
check_rows(void **state, const char *in, const void *packed,
    enum dtype type, size_t first, size_t M, size_t N, size_t K, int threads,
    const float *want)
{
	struct kernels *k = open_kernels(state, threads);
	float *out = test_malloc(M * N * 4);

	k->matmul(k, out, DTYPE_F32, in + first * K * size_of(type), packed,
	    NULL, type, M, N, K, 0);
	assert_memory_equal(out, want + first * N, M * N * 4);
	test_free(out);
	k->close(k);
}

static void
test_batch_invariance(void **state)
{
	enum { ROWS = 70, N = 130 };
	static const size_t Ks[] = {75, 2500};
	struct kernels *k = open_kernels(state, 1);

	for (size_t c = 0; c < 4; c++) {
		enum dtype type = types[c / 2];
		size_t K = Ks[c % 2];
		void *in = filled(type, ROWS * K, 5);
		void *weight = filled(type, N * K, 6);
		void *packed = packed_new(k->packed_bytes(type, N, K));
		float *want = test_malloc(ROWS * N * 4);

		k->pack(k, packed, type, N, K, 0, N, weight, type);
		for (size_t r = 0; r < ROWS; r++)
			k->matmul(k, want + r * N, DTYPE_F32, (char *)in +
			    r * K * size_of(type), packed, NULL, type, 1, N, K,
			    0);
		for (size_t M = 1; M <= ROWS; M += K > 100 ? 7 : 1)
			for (int threads = 1; threads <= 3; threads++) {
				check_rows(state, in, packed, type, 0, M, N, K,
				    threads, want);
				check_rows(state, in, packed, type, ROWS - M,
				    M, N, K, threads, want);
			}
		test_free(in);
		test_free(weight);
		test_free(packed);
		test_free(want);
	}
	k->close(k);
}

/* W of in_type in `type` as the products read it. */
static void *
converted(const void *in, enum dtype in_type, enum dtype type, size_t n)
{
	void *out = test_malloc(n * size_of(type) + 1);

	for (size_t i = 0; i < n; i++) {
		float f = get(in, in_type, i);

		if (type == DTYPE_BF16)
			((uint16_t *)out)[i] = to_bf16(f);
		else
			((float *)out)[i] = f;
	}
	return out;
}

/* Two ranges of rows, meeting at `cut`, packed one after the other. */
static void
check_ranges(struct kernels *k, enum dtype type, enum dtype in_type, size_t N,
    size_t K, size_t cut)
{
	size_t size = size_of(in_type);
	char *in = filled(in_type, N * K, 7);
	void *weight = converted(in, in_type, type, N * K);
	void *whole = packed_new(k->packed_bytes(type, N, K));
	void *parts = packed_new(k->packed_bytes(type, N, K));
	void *turned = packed_new(k->packed_bytes(type, K, N));
	void *flipped = packed_new(k->packed_bytes(type, K, N));
	char *transposed = test_malloc(N * K * size_of(type));

	for (size_t n = 0; n < N; n++)
		for (size_t i = 0; i < K; i++)
			memcpy(transposed + (i * N + n) * size_of(type),
			    (char *)weight + (n * K + i) * size_of(type),
			    size_of(type));
	k->pack(k, whole, type, N, K, 0, N, weight, type);
	k->pack(k, parts, type, N, K, 0, cut, in, in_type);
	k->pack(k, parts, type, N, K, cut, N - cut, in + cut * K * size,
	    in_type);
	assert_memory_equal(parts, whole, k->packed_bytes(type, N, K));
	k->pack(k, flipped, type, K, N, 0, K, transposed, type);
	k->pack_transposed(k, turned, type, N, K, 0, cut, in, in_type);
	k->pack_transposed(k, turned, type, N, K, cut, N - cut,
	    in + cut * K * size, in_type);
	assert_memory_equal(turned, flipped, k->packed_bytes(type, K, N));
	test_free(in);
	test_free(weight);
	test_free(whole);
	test_free(parts);
	test_free(turned);
	test_free(flipped);
	test_free(transposed);
}

static void
test_pack(void **state)
{
	static const size_t shapes[][3] = {{1, 1, 0}, {3, 2, 1}, {64, 64, 32},
	    {65, 63, 33}, {130, 37, 61}, {97, 200, 96}, {200, 65, 130},
	    {129, 16, 5}};
	struct kernels *k = open_kernels(state, 2);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (size_t t = 0; t < 4; t++)
			check_ranges(k, types[t / 2], types[t % 2],
			    shapes[i][0], shapes[i][1], shapes[i][2]);
	k->close(k);
}

static void
check_gradient(struct kernels *k, enum dtype type, size_t M, size_t N,
    size_t K, float *out)
{
	void *dout = filled(type, M * N, 8), *in = filled(type, M * K, 9);
	float *old = filled(DTYPE_F32, N * K, 10);

	memcpy(out, old, N * K * 4);
	k->matmul_backward_weight(k, out, dout, in, type, M, N, K);
	for (size_t n = 0; n < N; n++)
		for (size_t i = 0; i < K; i++) {
			double want = old[n * K + i], scale = fabs(want);

			for (size_t m = 0; m < M; m++) {
				double x = (double)get(dout, type, m * N + n) *
				    get(in, type, m * K + i);

				want += x;
				scale += fabs(x);
			}
			assert_true(fabs(out[n * K + i] - want) <=
			    bound(scale, M));
		}
	test_free(dout);
	test_free(in);
	test_free(old);
}

static void
test_backward_weight(void **state)
{
	static const size_t shapes[][3] = {{1, 1, 1}, {2, 7, 5}, {3, 65, 63},
	    {5, 100, 64}, {64, 48, 130}, {101, 49, 17}, {1027, 13, 66},
	    {2049, 5, 3}, {3, 1550, 20}};
	struct kernels *k[3];

	for (int i = 0; i < 3; i++)
		k[i] = open_kernels(state, i + 1);
	for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++)
		for (size_t t = 0; t < 2; t++) {
			size_t M = shapes[s][0], N = shapes[s][1];
			size_t K = shapes[s][2];
			float *one = test_malloc(N * K * 4);
			float *more = test_malloc(N * K * 4);

			check_gradient(k[0], types[t], M, N, K, one);
			for (int i = 1; i < 3; i++) {
				check_gradient(k[i], types[t], M, N, K, more);
				assert_memory_equal(more, one, N * K * 4);
			}
			test_free(one);
			test_free(more);
		}
	for (int i = 0; i < 3; i++)
		k[i]->close(k[i]);
}

static void
test_bias_backward(void **state)
{
	enum { M = 300, N = 77 };
	struct kernels *k = open_kernels(state, 2);

	for (size_t t = 0; t < 2; t++) {
		void *dout = filled(types[t], M * N, 11);
		float *old = filled(DTYPE_F32, N, 12);
		float *dbias = filled(DTYPE_F32, N, 12);

		k->bias_backward(k, dbias, dout, types[t], M, N);
		for (size_t n = 0; n < N; n++) {
			double want = old[n], scale = fabs(want);

			for (size_t m = 0; m < M; m++) {
				float x = get(dout, types[t], m * N + n);

				want += x;
				scale += fabs(x);
			}
			assert_true(fabs(dbias[n] - want) <= bound(scale, M));
		}
		test_free(dout);
		test_free(old);
		test_free(dbias);
	}
	k->close(k);
}

/* What is not there must not be touched. */
static void
test_empty(void **state)
{
	struct kernels *k = open_kernels(state, 2);
	float bias[2] = {1, 2}, out[4] = {0}, dweight[2] = {3, 4};

	k->matmul(k, NULL, DTYPE_F32, NULL, NULL, NULL, DTYPE_F32, 0, 5, 5, 0);
	k->matmul_backward_weight(k, dweight, NULL, NULL, DTYPE_BF16, 0, 1, 2);
	k->matmul(k, out, DTYPE_F32, NULL, NULL, bias, DTYPE_F32, 2, 2, 0, 0);
	assert_true(out[0] == 1 && out[1] == 2 && out[2] == 1 && out[3] == 2);
	assert_true(dweight[0] == 3 && dweight[1] == 4);
	k->close(k);
}

int
main(void)
{
	static const struct CMUnitTest of_isa[] = {
		cmocka_unit_test(test_product),
		cmocka_unit_test(test_batch_invariance),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_backward_weight),
		cmocka_unit_test(test_bias_backward),
		cmocka_unit_test(test_empty),
	};
	enum { EACH = sizeof(of_isa) / sizeof(*of_isa) };
	struct CMUnitTest tests[3 * EACH];
	char names[3 * EACH][80];

	for (size_t i = 0; i < 3 * EACH; i++) {
		const char *isa = isas[i / EACH];

		tests[i] = of_isa[i % EACH];
		snprintf(names[i], sizeof(names[i]), "%s %s", tests[i].name,
		    isa);
		tests[i].name = names[i];
		tests[i].initial_state = (void *)(uintptr_t)isa;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
