/* The CUDA backend's distributions, their gradients and draws, on the CPU's. */
#include "kernels/device_test.h"

static const size_t shapes[][2] = {
	{1, 2}, {3, 15}, {7, 512}, {2, 513}, {3, 3001},
};

static const size_t large[][2] = {
	{64, 151936}, {257, 49152},
};

static float *
logits_new(size_t n, float step, uint64_t seed)
{
	float *x = isa_random(n, 6, seed);

	for (size_t i = 0; step > 0 && i < n; i++)
		x[i] = roundf(x[i] / step) * step;
	return x;
}

static void
losses(struct kernels *k, struct results *r, enum dtype type, size_t R,
    size_t V)
{
	float *logits = device_random(k, DTYPE_F32, R * V, 2, 1);
	float *reference = device_random(k, DTYPE_F32, R * V, 2, 2);
	float *d = device_random(k, DTYPE_F32, 3 * R, 1, 3);
	float *out = device_unset(k, 5 * R * sizeof(*out));
	int32_t *host = isa_alloc(R * sizeof(*host)), *target;
	void *dlogits = device_unset(k, R * V * isa_size(type));
	struct logits_loss l = {logits, NULL, NULL, out + R, out + 2 * R,
	    out + 4 * R, d, d + R, d + 2 * R};

	for (size_t i = 0; i < R; i++)
		host[i] = (int32_t)(i * 7919 % V);
	target = device_put(k, host, R * sizeof(*host));
	l.target = target;
	k->logprob_forward(k, out, out + R, NULL, logits, target, 0.7f, R, V);
	k->logprob_forward(k, out, out + R, out + 2 * R, logits, target, 0.7f,
	    R, V);
	k->kl_forward(k, out + 3 * R, out + 4 * R, logits, reference, 0.7f, R,
	    V);
	device_keep(k, r, out, DTYPE_F32, 5 * R);
	k->logprob_backward(k, dlogits, type, d, logits, out + R, target, 0.7f,
	    R, V);
	device_keep(k, r, dlogits, type, R * V);
	k->loss_backward(k, dlogits, type, &l, 0.7f, R, V);
	device_keep(k, r, dlogits, type, R * V);
	l.reference = reference;
	k->loss_backward(k, dlogits, type, &l, 0.7f, R, V);
	device_keep(k, r, dlogits, type, R * V);
	free(host);
	k->free(k, logits);
	k->free(k, reference);
	k->free(k, d);
	k->free(k, out);
	k->free(k, target);
	k->free(k, dlogits);
}

static void
test_losses(void **state)
{
	DEVICE_COMPARE(*state, losses, shapes);
	DEVICE_COMPARE_LARGE(*state, losses, large);
}

/* With all but the logits on the host. */
static void
sample(struct kernels *k, int32_t *token, float *logprob, const float *logits,
    const uint32_t *index, const struct draw *draw, const struct sampling *o,
    size_t R, size_t V)
{
	uint32_t *i = index != NULL ? device_put(k, index, R * 4) : NULL;
	struct draw *d = device_put(k, draw, R * sizeof(*draw));
	int32_t *t = device_unset(k, R * sizeof(*t));
	float *p = device_unset(k, R * sizeof(*p));

	k->sample(k, t, p, logits, i, d, o, R, V);
	k->download(k, token, t, R * sizeof(*t));
	k->download(k, logprob, p, R * sizeof(*p));
	k->free(k, i);
	k->free(k, d);
	k->free(k, t);
	k->free(k, p);
}

/* Draws of rows, some of them twice and some never; in (R, V) on the host. */
static void
draw(struct kernels *k, int32_t *token, float *logprob, const float *in,
    const struct sampling *o, size_t R, size_t V)
{
	float *logits = device_put(k, in, R * V * sizeof(*in));
	uint32_t *index = isa_alloc(R * sizeof(*index));
	struct draw *d = isa_alloc(R * sizeof(*d));

	for (uint32_t r = 0; r < R; r++) {
		index[r] = r * r % (uint32_t)R;
		d[r] = (struct draw){7, r / 3, r % 3, r};
	}
	sample(k, token, logprob, logits, index, d, o, R, V);
	k->free(k, logits);
	free(index);
	free(d);
}

/*
 * The same tokens: sums round otherwise, so a draw may differ where u is within
 * 1e-6 of a boundary, which none of these is.
 */
static void
check_draws(struct kernels *gpu, struct kernels *cpu, const float *logits,
    const struct sampling *o, size_t R, size_t V)
{
	int32_t *got = isa_alloc(R * 4), *want = isa_alloc(R * 4);
	float *logprob = isa_alloc(R * 4), *right = isa_alloc(R * 4);

	draw(gpu, got, logprob, logits, o, R, V);
	draw(cpu, want, right, logits, o, R, V);
	for (size_t r = 0; r < R; r++) {
		if (got[r] != want[r])
			fail_msg("V %zu k %zu p %g m %g draw %zu: %d, not %d",
			    V, o->top_k, (double)o->top_p, (double)o->min_p,
			    r, got[r], want[r]);
		isa_near(logprob[r], right[r], 1e-6);
	}
	free(got);
	free(want);
	free(logprob);
	free(right);
}

static void
test_draws(void **state)
{
	static const struct sampling ways[] = {
		{1, 0, 1, 0, 0}, {0.6f, 0, 1, 0, 0}, {1, 0, 1, 0, 1},
		{1, 5, 1, 0, 0}, {1, 0, 0.9f, 0, 0}, {1, 0, 1, 0.1f, 0},
		{0.8f, 20, 0.8f, 0.05f, 0}, {1, 1, 1, 0, 0},
		{1, 0, 0.01f, 0, 0}, {1, 0, 1, 2, 0}, {1, 30, 0.99f, 0, 0},
	};
	static const size_t sizes[] = {1, 2, 50, 512, 513, 1025};
	struct kernels *cpu = kernels_cpu(1);
	size_t R = 12;

	assert_non_null(cpu);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int ties = 0; ties < 2; ties++) {
			float *logits = logits_new(R * sizes[i],
			    ties ? 1.5f : 0, i);

			for (size_t j = 0; j < sizeof(ways) / sizeof(*ways);
			    j++)
				check_draws(*state, cpu, logits, &ways[j], R,
				    sizes[i]);
			free(logits);
		}
	cpu->close(cpu);
}

/* A draw's logprob is logprob_forward's, bit for bit, in any batch. */
static void
test_same_bits(void **state)
{
	enum { R = 9, V = 700 };
	struct kernels *k = *state;
	float *host = logits_new(R * V, 0, 1), *got = isa_alloc(R * 4);
	float *logits = device_put(k, host, R * V * 4);
	float *out = device_unset(k, 2 * R * 4), want[R];
	int32_t token[R], *target;
	struct sampling o = {0.9f, 0, 1, 0, 0};
	struct draw d[R] = {{0}};

	for (uint32_t r = 0; r < R; r++)
		d[r].position = r;
	sample(k, token, got, logits, NULL, d, &o, R, V);
	target = device_put(k, token, sizeof(token));
	k->logprob_forward(k, out, out + R, NULL, logits, target, 0.9f, R, V);
	k->download(k, want, out, sizeof(want));
	assert_memory_equal(got, want, sizeof(want));
	for (size_t r = 0; r < R; r++) {
		int32_t one;
		float logprob;

		sample(k, &one, &logprob, logits + r * V, NULL, &d[r], &o,
		    1, V);
		assert_int_equal(one, token[r]);
		assert_memory_equal(&logprob, &got[r], sizeof(logprob));
	}
	free(host);
	free(got);
	k->free(k, logits);
	k->free(k, out);
	k->free(k, target);
}

static void
test_bad_logits(void **state)
{
	enum { V = 40 };
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	struct kernels *k = *state;
	struct draw d = {1, 2, 3, 4};

	for (int i = 0; i < 9; i++) {
		struct sampling o = {1, i % 3 == 1 ? 5 : 0, 1, 0, i % 3 == 2};
		float logits[V], logprob = 0, *p;
		int32_t token = 0;

		for (size_t v = 0; v < V; v++)
			logits[v] = i / 3 == 2 ? -INFINITY : 1;
		logits[V - 1] = bad[i / 3];
		p = device_put(k, logits, sizeof(logits));
		sample(k, &token, &logprob, p, NULL, &d, &o, 1, V);
		assert_int_equal(token, -1);
		assert_true(logprob != logprob);
		k->free(k, p);
	}
}

static void
test_probe(void **state)
{
	struct kernels *k = *state;
	struct kernel_limits limits = {0};

	assert_int_equal(k->probe(k, &limits, DTYPE_BF16, 1 << 12), 0);
	assert_true(limits.flops > 0 && limits.bytes > 0);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_losses, k),
		cmocka_unit_test_prestate(test_draws, k),
		cmocka_unit_test_prestate(test_same_bits, k),
		cmocka_unit_test_prestate(test_bad_logits, k),
		cmocka_unit_test_prestate(test_probe, k),
	};

	DEVICE_MAIN(k, tests);
}
