/*
 * Sampling against a reference that sorts: the token is that of the exact
 * inverse of the cumulative distribution, and the frequencies follow.
 */
#include "kernels/isa_test.h"

static const struct sampling plain = {.temperature = 1, .top_p = 1};

/* The reference's distribution: weights (V) of what truncation leaves. */
struct entry {
	double logit;
	size_t id;
};

static int
by_logit(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->logit != y->logit)
		return x->logit > y->logit ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

static void
reference(double *weight, const float *logits, const struct sampling *o,
    size_t V)
{
	struct entry *e = isa_alloc(V * sizeof(*e));
	size_t n = o->top_k > 0 && o->top_k < V ? o->top_k : V, i;
	double total = 0, sum = 0;

	for (i = 0; i < V; i++) {
		e[i] = (struct entry){logits[i], i};
		weight[i] = 0;
	}
	qsort(e, V, sizeof(*e), by_logit);
	for (i = 0; i < n; i++)
		total += exp((e[i].logit - e[0].logit) / o->temperature);
	for (i = 0; i < n; i++) {
		double w = exp((e[i].logit - e[0].logit) / o->temperature);

		if (i > 0 && (sum >= o->top_p * total || w < o->min_p))
			break;
		weight[e[i].id] = w;
		sum += w;
	}
	free(e);
}

/* u is within rounding of token t's share of the cumulative distribution. */
static int
fits(const double *weight, size_t V, size_t t, double u)
{
	double total = 0, below = 0;

	if (t >= V || !(weight[t] > 0))
		return 0;
	for (size_t v = 0; v < V; v++)
		total += weight[v];
	for (size_t v = 0; v < t; v++)
		below += weight[v];
	/* Sums of fp32 exponentials. */
	return u >= below / total - 1e-6 &&
	    u <= (below + weight[t]) / total + 1e-6;
}

/* R draws from the same logits, at the positions first … first+R-1. */
static void
draw(struct kernels *k, int32_t *token, float *logprob, const float *logits,
    const struct sampling *o, uint32_t first, size_t R, size_t V)
{
	uint32_t *index = isa_alloc(R * sizeof(*index));
	struct draw *d = isa_alloc(R * sizeof(*d));

	for (size_t r = 0; r < R; r++) {
		index[r] = 0;
		d[r] = (struct draw){1, 2, 3, first + (uint32_t)r};
	}
	k->sample(k, token, logprob, logits, index, d, o, R, V);
	free(index);
	free(d);
}

/* Random logits; `step` > 0 rounds them, which makes ties. */
static float *
make_logits(size_t V, float scale, float step, uint64_t seed)
{
	float *x = isa_random(V, scale, seed);

	for (size_t v = 0; step > 0 && v < V; v++)
		x[v] = roundf(x[v] / step) * step;
	return x;
}

static void
check_inverse(struct kernels *k, const float *logits, size_t V,
    const struct sampling *o, size_t R)
{
	double *weight = isa_alloc(V * sizeof(*weight));
	int32_t *token = isa_alloc(R * sizeof(*token)), target;
	float *logprob = isa_alloc(R * sizeof(*logprob)), want, lse;

	reference(weight, logits, o, V);
	draw(k, token, logprob, logits, o, 0, R, V);
	for (size_t r = 0; r < R; r++) {
		struct draw d = {1, 2, 3, (uint32_t)r};

		if (!fits(weight, V, (size_t)token[r], philox_uniform(&d)))
			fail_msg("V %zu k %zu p %g m %g: token %d at u = %g",
			    V, o->top_k, (double)o->top_p, (double)o->min_p,
			    (int)token[r], philox_uniform(&d));
		target = token[r];
		k->logprob_forward(k, &want, &lse, NULL, logits, &target,
		    o->temperature, 1, V);
		assert_memory_equal(&logprob[r], &want, sizeof(want));
	}
	free(weight);
	free(token);
	free(logprob);
}

static void
test_inverse(void **state)
{
	static const size_t sizes[] = {1, 2, 16, 50, 511, 512, 513, 3001};
	struct kernels *k = isa_open(state, 2);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		float *logits = make_logits(sizes[i], 6, 0, i);
		struct sampling o = plain;

		check_inverse(k, logits, sizes[i], &o, 100);
		o.temperature = 0.6f;
		check_inverse(k, logits, sizes[i], &o, 100);
		free(logits);
	}
	k->close(k);
}

static void
test_truncation(void **state)
{
	static const struct sampling options[] = {
		{.top_k = 1, .top_p = 1}, {.top_k = 3, .top_p = 1},
		{.top_k = 50, .top_p = 1}, {.top_k = 1400, .top_p = 1},
		{.top_k = 9999, .top_p = 1}, {.top_p = 0.5f},
		{.top_p = 0.95f}, {.top_p = 0.9999f}, {.top_p = 0},
		{.top_p = 1, .min_p = 0.01f}, {.top_p = 1, .min_p = 0.3f},
		{.top_p = 1, .min_p = 1}, {.top_k = 20, .top_p = 0.7f},
		{.top_k = 40, .top_p = 0.9f, .min_p = 0.2f},
		{.top_k = 2, .top_p = 0.01f, .min_p = 0.9f},
	};
	static const struct { size_t V; float scale, step; } rows[] = {
		{7, 2, 0}, {1500, 2, 0}, {1500, 3, 0.25f}, {1500, 20, 0},
		{600, 0, 0},
	};
	struct kernels *k = isa_open(state, 2);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < sizeof(options) / sizeof(options[0]);
		    j++) {
			struct sampling o = options[j];
			float *logits = make_logits(rows[i].V, rows[i].scale,
			    rows[i].step, i + 7);

			o.temperature = j % 2 ? 1 : 1.5f;
			check_inverse(k, logits, rows[i].V, &o, 60);
			free(logits);
		}
	k->close(k);
}

/* Among equals the lower index is kept, down to one token. */
static void
test_ties(void **state)
{
	enum { V = 600, R = 300 };
	struct kernels *k = isa_open(state, 1);
	float *logits = make_logits(V, 0, 0, 1), logprob[R];
	int32_t token[R];
	struct sampling o = plain;
	int seen[3] = {0};

	logits[5] = -1;
	o.top_k = 7;
	draw(k, token, logprob, logits, &o, 0, R, V);
	for (size_t r = 0; r < R; r++)
		assert_true(token[r] >= 0 && token[r] <= 7 && token[r] != 5);
	logits[100] = logits[400] = logits[550] = 2;
	o.top_k = 2;
	draw(k, token, logprob, logits, &o, 0, R, V);
	for (size_t r = 0; r < R; r++) {
		seen[0] += token[r] == 100;
		seen[1] += token[r] == 400;
	}
	assert_true(seen[0] > 0 && seen[1] > 0 && seen[0] + seen[1] == R);
	o.greedy = 1;
	draw(k, token, logprob, logits, &o, 0, R, V);
	for (size_t r = 0; r < R; r++)
		assert_int_equal(token[r], 100);
	free(logits);
	k->close(k);
}

/* Pearson's statistic over 20000 draws; 49 degrees of freedom. */
static void
test_frequencies(void **state)
{
	enum { V = 50, R = 20000 };
	struct kernels *k = isa_open(state, 2);
	float *logits = make_logits(V, 1.5f, 0, 3);
	double weight[V], total = 0, chi = 0;
	int32_t *token = isa_alloc(R * sizeof(*token));
	float *logprob = isa_alloc(R * sizeof(*logprob));
	size_t count[V] = {0};

	reference(weight, logits, &plain, V);
	draw(k, token, logprob, logits, &plain, 0, R, V);
	for (size_t r = 0; r < R; r++)
		count[token[r]]++;
	for (size_t v = 0; v < V; v++)
		total += weight[v];
	for (size_t v = 0; v < V; v++) {
		double want = R * weight[v] / total;
		double d = (double)count[v] - want;

		chi += d * d / want;
	}
	/* 94.6 is exceeded once in 10000; 20 is not reached as rarely. */
	assert_true(chi < 94.6 && chi > 20);
	free(logits);
	free(token);
	free(logprob);
	k->close(k);
}

/* The smallest and the largest u of many never meet a zero probability. */
static void
test_extremes(void **state)
{
	enum { V = 1100 };
	static const size_t ones[] = {0, 1, 600, V - 1};
	struct kernels *k = isa_open(state, 1);
	struct draw low = {1, 2, 3, 0}, high = low, d = low;
	float *logits = isa_alloc(V * sizeof(*logits)), logprob;
	int32_t token;

	for (d.position = 0; d.position < 200000; d.position++) {
		if (philox_uniform(&d) < philox_uniform(&low))
			low = d;
		if (philox_uniform(&d) > philox_uniform(&high))
			high = d;
	}
	assert_true(philox_uniform(&low) < 1e-4);
	assert_true(philox_uniform(&high) > 1 - 1e-4);
	for (size_t v = 0; v < V; v++)
		logits[v] = v >= 500 && v < 510 ? 3 : -INFINITY;
	k->sample(k, &token, &logprob, logits, NULL, &low, &plain, 1, V);
	assert_int_equal(token, 500);
	k->sample(k, &token, &logprob, logits, NULL, &high, &plain, 1, V);
	assert_int_equal(token, 509);
	isa_near(logprob, -log(10), 1e-6);
	for (size_t i = 0; i < 4; i++)
		for (size_t top_k = 0; top_k <= 2; top_k += 2) {
			struct sampling o = plain;

			o.top_k = top_k;
			for (size_t v = 0; v < V; v++)
				logits[v] = v == ones[i] ? -5 : -INFINITY;
			k->sample(k, &token, &logprob, logits, NULL, &low, &o,
			    1, V);
			assert_int_equal(token, ones[i]);
			k->sample(k, &token, &logprob, logits, NULL, &high, &o,
			    1, V);
			assert_int_equal(token, ones[i]);
			assert_true(logprob == 0);
		}
	free(logits);
	k->close(k);
}

static void
test_bad_logits(void **state)
{
	enum { V = 40 };
	static const float bad[] = {NAN, INFINITY};
	struct kernels *k = isa_open(state, 1);
	struct draw d = {1, 2, 3, 4};

	for (int mode = 0; mode < 6; mode++) {
		struct sampling o = plain;
		float logits[V] = {0}, logprob = 0;
		int32_t token = 0;

		o.greedy = mode % 3 == 1;
		o.top_k = mode % 3 == 2 ? 5 : 0;
		logits[V - 1] = bad[mode / 3];
		k->sample(k, &token, &logprob, logits, NULL, &d, &o, 1, V);
		assert_int_equal(token, -1);
		assert_true(logprob != logprob);
		for (size_t v = 0; v < V; v++)
			logits[v] = -INFINITY;
		token = 0;
		k->sample(k, &token, &logprob, logits, NULL, &d, &o, 1, V);
		assert_int_equal(token, -1);
	}
	k->close(k);
}

static void
test_invariance(void **state)
{
	enum { R = 17, V = 1201 };
	float *logits = isa_random(R * V, 5, 1), logprob[4][R];
	int32_t token[4][R];
	struct draw d[R];
	uint32_t index[R]; /* some rows twice or three times, some never */

	for (uint32_t r = 0; r < R; r++) {
		d[r] = (struct draw){9, r, r / 2, r};
		index[r] = r * r / R;
	}
	for (int top = 0; top < 2; top++) {
		struct sampling o = plain;

		o.top_p = top ? 0.9f : 1;
		for (int n = 1; n <= 3; n++) {
			struct kernels *k = isa_open(state, n);

			k->sample(k, token[n], logprob[n], logits, index, d,
			    &o, R, V);
			assert_memory_equal(token[n], token[1],
			    sizeof(token[1]));
			assert_memory_equal(logprob[n], logprob[1],
			    sizeof(logprob[1]));
			for (size_t r = 0; r < R; r++) {
				k->sample(k, token[0], logprob[0],
				    logits + index[r] * V, NULL, d + r, &o, 1,
				    V);
				assert_int_equal(token[0][0], token[1][r]);
				assert_memory_equal(logprob[0], &logprob[1][r],
				    sizeof(float));
			}
			k->close(k);
		}
	}
	free(logits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_inverse),
		ISA_TEST(test_truncation),
		ISA_TEST(test_ties),
		ISA_TEST(test_frequencies),
		ISA_TEST(test_extremes),
		ISA_TEST(test_bad_logits),
		ISA_TEST(test_invariance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
