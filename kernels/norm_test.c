/* RMSNorm against double precision and finite differences. */
#include "kernels/isa_test.h"

/* Not multiples of the vector; enough rows for several threads and chunks. */
static const struct { size_t T, C; } shapes[] = {
	{1, 1}, {3, 15}, {2, 64}, {5, 83}, {100, 400},
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))
#define EPS 1e-5

static double
reference(const double *in, const float *weight, size_t c, size_t C)
{
	double sum = 0;

	for (size_t i = 0; i < C; i++)
		sum += in[i] * in[i];
	return in[c] / sqrt(sum / (double)C + EPS) * weight[c];
}

static void
check_forward(struct kernels *k, enum dtype type, size_t T, size_t C)
{
	float *in = isa_random(T * C, 2, 1), *weight = isa_random(C, 1, 2);
	float *rstd = isa_alloc(T * sizeof(*rstd));
	void *out = isa_alloc(T * C * isa_size(type));
	double *row = isa_alloc(C * sizeof(*row));

	k->rmsnorm_forward(k, out, type, rstd, in, weight, (float)EPS, T, C);
	for (size_t t = 0; t < T; t++) {
		for (size_t c = 0; c < C; c++)
			row[c] = in[t * C + c];
		/* bfloat16 keeps 8 bits, fp32 24. */
		for (size_t c = 0; c < C; c++)
			isa_near(isa_get(out, type, t * C + c),
			    reference(row, weight, c, C),
			    type == DTYPE_BF16 ? 1.0 / 256 : 1e-6);
		isa_near(rstd[t] * row[0] * weight[0],
		    reference(row, weight, 0, C), 1e-6);
	}
	free(in);
	free(weight);
	free(rstd);
	free(out);
	free(row);
}

static void
test_forward(void **state)
{
	struct kernels *k = isa_open(state, 2);

	for (size_t i = 0; i < SHAPES; i++) {
		check_forward(k, DTYPE_F32, shapes[i].T, shapes[i].C);
		check_forward(k, DTYPE_BF16, shapes[i].T, shapes[i].C);
	}
	k->close(k);
}

/* Σ dout · reference over one row. */
static double
loss(const float *dout, const double *in, const float *weight, size_t C)
{
	double sum = 0;

	for (size_t c = 0; c < C; c++)
		sum += dout[c] * reference(in, weight, c, C);
	return sum;
}

static void
test_backward(void **state)
{
	enum { T = 40, C = 37 };
	struct kernels *k = isa_open(state, 2);
	float *in = isa_random(T * C, 1, 1), *weight = isa_random(C, 1, 2);
	float *dout = isa_random(T * C, 1, 3), *out = isa_random(T * C, 1, 4);
	float *din = isa_random(T * C, 1, 5), *dweight = isa_random(C, 1, 6);
	float *din0 = isa_random(T * C, 1, 5), *dweight0 = isa_random(C, 1, 6);
	float rstd[T];
	double want[C] = {0}, row[C];

	k->rmsnorm_forward(k, out, DTYPE_F32, rstd, in, weight, (float)EPS, T,
	    C);
	k->rmsnorm_backward(k, din, dweight, dout, in, weight, rstd, T, C);
	for (size_t t = 0; t < T; t++) {
		for (size_t c = 0; c < C; c++)
			row[c] = in[t * C + c];
		for (size_t c = 0; c < C; c++) {
			double x = row[c], h = 1e-5, up, down;

			row[c] = x + h;
			up = loss(dout + t * C, row, weight, C);
			row[c] = x - h;
			down = loss(dout + t * C, row, weight, C);
			row[c] = x;
			/* fp32 over 37 terms. */
			isa_near(din[t * C + c],
			    din0[t * C + c] + (up - down) / (2 * h), 5e-6);
			/* Linear in the weight. */
			want[c] += dout[t * C + c] * row[c] * rstd[t];
		}
	}
	for (size_t c = 0; c < C; c++)
		isa_near(dweight[c], dweight0[c] + want[c], 5e-6);
	free(in);
	free(weight);
	free(dout);
	free(out);
	free(din);
	free(dweight);
	free(din0);
	free(dweight0);
	k->close(k);
}

/* The same bits for any rows and threads. */
static void
test_invariance(void **state)
{
	enum { T = 100, C = 403 };
	float *in = isa_random(T * C, 1, 1), *weight = isa_random(C, 1, 2);
	float *dout = isa_random(T * C, 1, 3);
	float *out[4], *din[4], *dweight[4], rstd[T];

	for (int n = 1; n <= 3; n++) {
		struct kernels *k = isa_open(state, n);

		out[n] = isa_alloc(T * C * sizeof(float));
		din[n] = isa_random(T * C, 1, 4);
		dweight[n] = isa_random(C, 1, 5);
		k->rmsnorm_forward(k, out[n], DTYPE_F32, rstd, in, weight,
		    (float)EPS, T, C);
		k->rmsnorm_backward(k, din[n], dweight[n], dout, in, weight,
		    rstd, T, C);
		k->close(k);
		assert_memory_equal(out[n], out[1], T * C * sizeof(float));
		assert_memory_equal(din[n], din[1], T * C * sizeof(float));
		assert_memory_equal(dweight[n], dweight[1], C * sizeof(float));
	}
	struct kernels *k = isa_open(state, 2);

	for (size_t t = 0; t < T; t++) {
		k->rmsnorm_forward(k, out[2], DTYPE_F32, NULL, in + t * C,
		    weight, (float)EPS, 1, C);
		assert_memory_equal(out[2], out[1] + t * C, C * sizeof(float));
	}
	k->close(k);
	for (int n = 1; n <= 3; n++) {
		free(out[n]);
		free(din[n]);
		free(dweight[n]);
	}
	free(in);
	free(weight);
	free(dout);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_forward),
		ISA_TEST(test_backward),
		ISA_TEST(test_invariance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
