/* Log probabilities against double precision and finite differences. */
#include "kernels/isa_test.h"

/* log Σ exp(logits/temperature) */
static double
reference_lse(const double *logits, double temperature, size_t V)
{
	double max = logits[0], sum = 0;

	for (size_t v = 1; v < V; v++)
		max = logits[v] > max ? logits[v] : max;
	for (size_t v = 0; v < V; v++)
		sum += exp((logits[v] - max) / temperature);
	return max / temperature + log(sum);
}

static void
check_row(struct kernels *k, const float *logits, size_t V, int32_t target,
    float temperature)
{
	double *x = isa_alloc(V * sizeof(*x)), lse, want = 0;
	float logprob, got_lse, entropy;

	for (size_t v = 0; v < V; v++)
		x[v] = logits[v];
	lse = reference_lse(x, temperature, V);
	for (size_t v = 0; v < V; v++) {
		double l = x[v] / temperature - lse;

		want -= exp(l) > 0 ? exp(l) * l : 0;
	}
	k->logprob_forward(k, &logprob, &got_lse, &entropy, logits, &target,
	    temperature, 1, V);
	/* fp32's rounding of a number of that size. */
	isa_near(logprob, x[target] / temperature - lse, 3e-7);
	isa_near(got_lse, lse, 3e-7);
	isa_near(entropy, want, 2e-6);
	free(x);
}

static void
test_forward(void **state)
{
	static const size_t sizes[] = {1, 2, 17, 511, 512, 513, 3001, 49152};
	struct kernels *k = isa_open(state, 1);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		float *logits = isa_random(sizes[i], 12, i);

		check_row(k, logits, sizes[i], (int32_t)(sizes[i] / 2), 1);
		check_row(k, logits, sizes[i], (int32_t)sizes[i] - 1, 0.7f);
		for (size_t v = 0; v < sizes[i]; v++)
			logits[v] += 1000;
		check_row(k, logits, sizes[i], 0, 2);
		free(logits);
	}
	k->close(k);
}

/* Nearly certain: right to the rounding of 1, not of the logit's 40. */
static void
test_confident(void **state)
{
	struct kernels *k = isa_open(state, 1);
	float logits[3] = {40, 28, -INFINITY}, logprob, lse, entropy;
	int32_t target = 0;

	k->logprob_forward(k, &logprob, &lse, &entropy, logits, &target, 1, 1,
	    3);
	isa_near(logprob, -log1p(exp(-12)), 1.2e-7);
	isa_near(entropy, 13 * exp(-12), 2e-7);
	target = 2;
	k->logprob_forward(k, &logprob, &lse, NULL, logits, &target, 1, 1, 3);
	assert_true(logprob == -INFINITY);
	logits[2] = NAN;
	k->logprob_forward(k, &logprob, &lse, NULL, logits, &target, 1, 1, 3);
	assert_true(logprob != logprob);
	k->close(k);
}

static void
check_backward(struct kernels *k, enum dtype type, size_t V,
    float temperature)
{
	enum { R = 3 };
	float *logits = isa_random(R * V, 5, 1), dlogprob[R] = {1, -0.7f, 0};
	float logprob[R], lse[R];
	int32_t target[R] = {0, (int32_t)V - 1, (int32_t)V / 2};
	void *dlogits = isa_alloc(R * V * isa_size(type));
	double *x = isa_alloc(V * sizeof(*x)), h = 1e-4;
	double tolerance = type == DTYPE_BF16 ? 1.0 / 256 : 2e-6;

	k->logprob_forward(k, logprob, lse, NULL, logits, target, temperature,
	    R, V);
	k->logprob_backward(k, dlogits, type, dlogprob, logits, lse, target,
	    temperature, R, V);
	for (size_t r = 0; r < R; r++) {
		for (size_t v = 0; v < V; v++)
			x[v] = logits[r * V + v];
		for (size_t v = 0; v < V; v++) {
			double up, down, want, keep = x[v];

			x[v] = keep + h;
			up = reference_lse(x, temperature, V);
			x[v] = keep - h;
			down = reference_lse(x, temperature, V);
			x[v] = keep;
			want = (v == (size_t)target[r]) / (double)temperature -
			    (up - down) / (2 * h);
			isa_near(isa_get(dlogits, type, r * V + v),
			    dlogprob[r] * want, tolerance);
		}
	}
	free(logits);
	free(dlogits);
	free(x);
}

static void
test_backward(void **state)
{
	struct kernels *k = isa_open(state, 2);

	for (int type = DTYPE_F32; type <= DTYPE_BF16; type++) {
		check_backward(k, (enum dtype)type, 1, 1);
		check_backward(k, (enum dtype)type, 37, 1);
		check_backward(k, (enum dtype)type, 64, 0.5f);
	}
	k->close(k);
}

static void
test_invariance(void **state)
{
	enum { R = 13, V = 2003 };
	float *logits = isa_random(R * V, 5, 1);
	float *dlogprob = isa_random(R, 1, 2);
	float out[4][3][R], *dlogits[4];
	int32_t target[R];
	struct kernels *k;

	for (int r = 0; r < R; r++)
		target[r] = r * 31;
	for (int n = 1; n <= 3; n++) {
		k = isa_open(state, n);
		dlogits[n] = isa_alloc(R * V * sizeof(float));
		k->logprob_forward(k, out[n][0], out[n][1], out[n][2], logits,
		    target, 0.9f, R, V);
		k->logprob_backward(k, dlogits[n], DTYPE_F32, dlogprob,
		    logits, out[n][1], target, 0.9f, R, V);
		k->close(k);
		assert_memory_equal(out[n], out[1], sizeof(out[1]));
		assert_memory_equal(dlogits[n], dlogits[1],
		    R * V * sizeof(float));
	}
	k = isa_open(state, 2);
	for (size_t r = 0; r < R; r++) {
		k->logprob_forward(k, out[2][0], out[2][1], NULL,
		    logits + r * V, target + r, 0.9f, 1, V);
		assert_memory_equal(out[2][0], &out[1][0][r], sizeof(float));
		k->logprob_backward(k, dlogits[2], DTYPE_F32, dlogprob + r,
		    logits + r * V, out[2][1], target + r, 0.9f, 1, V);
		assert_memory_equal(dlogits[2], dlogits[1] + r * V,
		    V * sizeof(float));
	}
	k->close(k);
	for (int n = 1; n <= 3; n++)
		free(dlogits[n]);
	free(logits);
	free(dlogprob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_forward),
		ISA_TEST(test_confident),
		ISA_TEST(test_backward),
		ISA_TEST(test_invariance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
