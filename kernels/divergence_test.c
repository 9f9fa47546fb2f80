/*
 * KL to a reference and the gradient of a loss of logprob, entropy and KL,
 * against double precision and finite differences.
 */
#include "kernels/isa_test.h"

/* Σ exp((x − max)/temperature), and the logprobs of all V tokens. */
static void
log_softmax(double *out, const double *x, double temperature, size_t V)
{
	double max = x[0], sum = 0;

	for (size_t v = 1; v < V; v++)
		max = fmax(max, x[v]);
	for (size_t v = 0; v < V; v++)
		sum += exp((x[v] - max) / temperature);
	for (size_t v = 0; v < V; v++)
		out[v] = (x[v] - max) / temperature - log(sum);
}

/* A row's loss: what it is made of, and by how much. */
struct world {
	size_t V, target;
	double temperature;
	const double *reference; /* (V) logprobs; NULL: none */
	double dlogprob, dentropy, dkl;
	double *logp;            /* (V) scratch */
};

static double
loss(const struct world *w, const double *x)
{
	double entropy = 0, kl = 0;

	log_softmax(w->logp, x, w->temperature, w->V);
	for (size_t v = 0; v < w->V; v++) {
		entropy -= exp(w->logp[v]) * w->logp[v];
		if (w->reference != NULL)
			kl += exp(w->logp[v]) * (w->logp[v] - w->reference[v]);
	}
	return w->dlogprob * w->logp[w->target] + w->dentropy * entropy +
	    w->dkl * kl;
}

static double *
doubles(const float *in, size_t n)
{
	double *out = isa_alloc(n * sizeof(*out));

	for (size_t i = 0; i < n; i++)
		out[i] = in[i];
	return out;
}

/* One row of `got` against differences of `loss`; x (V) is left as it was. */
static void
check_differences(const struct world *w, double *x, const void *got,
    enum dtype type, double tolerance)
{
	const double h = 1e-4;

	for (size_t v = 0; v < w->V; v++) {
		double keep = x[v], up, down;

		x[v] = keep + h;
		up = loss(w, x);
		x[v] = keep - h;
		down = loss(w, x);
		x[v] = keep;
		isa_near(isa_get(got, type, v), (up - down) / (2 * h),
		    tolerance);
	}
}

/* The cases of a row: which gradients are not 0. */
static const float cases[][3] = {{0.7f, 0, 0}, {0, -1.3f, 0}, {0, 0, 0.9f},
    {-0.6f, 0.8f, 1.1f}, {0.5f, -0.4f, -0.3f}};

enum { R = sizeof(cases) / sizeof(cases[0]) };

static void
check_backward(struct kernels *k, enum dtype type, size_t V, float temperature,
    int with_reference)
{
	float *logits = isa_random(R * V, 5, 1);
	float *reference = isa_random(R * V, 4, 2);
	float logprob[R], lse[R], entropy[R], kl[R], gap[R], d[3][R];
	int32_t target[R];
	struct logits_loss l = {logits, NULL, target, lse, entropy, NULL,
	    d[0], d[1], NULL};
	void *dlogits = isa_unset(R * V * isa_size(type));
	double *logp = isa_alloc(2 * V * sizeof(*logp));

	for (size_t r = 0; r < R; r++) {
		target[r] = (int32_t)(r * (V - 1) / (R - 1));
		for (size_t j = 0; j < 3; j++)
			d[j][r] = cases[r][j];
	}
	k->logprob_forward(k, logprob, lse, entropy, logits, target,
	    temperature, R, V);
	if (with_reference) {
		k->kl_forward(k, kl, gap, logits, reference, temperature, R,
		    V);
		l.reference = reference;
		l.gap = gap;
		l.dkl = d[2];
	}
	k->loss_backward(k, dlogits, type, &l, temperature, R, V);
	for (size_t r = 0; r < R; r++) {
		double *x = doubles(logits + r * V, V);
		double *y = doubles(reference + r * V, V);
		struct world w = {V, (size_t)target[r], temperature,
		    with_reference ? logp + V : NULL, cases[r][0], cases[r][1],
		    with_reference ? cases[r][2] : 0, logp};

		log_softmax(logp + V, y, temperature, V);
		/* The rounding of bf16; fp32's of logprobs up to 10. */
		check_differences(&w, x, (char *)dlogits + r * V *
		    isa_size(type), type, type == DTYPE_BF16 ? 1.0 / 256 :
		    6e-6);
		free(x);
		free(y);
	}
	free(logits);
	free(reference);
	free(dlogits);
	free(logp);
}

static void
test_backward(void **state)
{
	static const size_t sizes[] = {1, 5, 16, 37, 64};
	struct kernels *k = isa_open(state, 2);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int type = DTYPE_F32; type <= DTYPE_BF16; type++)
			for (int with = 0; with < 2; with++) {
				check_backward(k, (enum dtype)type, sizes[i],
				    1, with);
				check_backward(k, (enum dtype)type, sizes[i],
				    0.6f, with);
			}
	k->close(k);
}

/* fp32's rounding of a mean of differences up to scale + 3. */
static void
check_kl(struct kernels *k, size_t V, float scale, float temperature)
{
	double tolerance = 3e-7 * ((double)scale + 3) / temperature;
	float *logits = isa_random(V, 12, V);
	float *reference = isa_random(V, scale, V + 1);
	double *x = doubles(logits, V), *y, *logp;
	double want = 0;
	float kl, gap;

	logp = isa_alloc(2 * V * sizeof(*logp));
	for (size_t v = 0; v < V; v++)
		reference[v] += logits[v] + 3;
	y = doubles(reference, V);
	log_softmax(logp, x, temperature, V);
	log_softmax(logp + V, y, temperature, V);
	for (size_t v = 0; v < V; v++)
		want += exp(logp[v]) * (logp[v] - logp[V + v]);
	k->kl_forward(k, &kl, &gap, logits, reference, temperature, 1, V);
	if (!(fabs(kl - want) <= tolerance))
		fail_msg("V %zu: KL %.9g where %.9g is right", V, kl, want);
	free(logits);
	free(reference);
	free(x);
	free(y);
	free(logp);
}

/* Near and far from the reference; a shift of all logits changes nothing. */
static void
test_kl(void **state)
{
	static const size_t sizes[] = {2, 17, 511, 513, 3001, 49152};
	struct kernels *k = isa_open(state, 1);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_kl(k, sizes[i], 4, 1);
		check_kl(k, sizes[i], 4, 0.7f);
		check_kl(k, sizes[i], 0.05f, 1);
	}
	k->close(k);
}

/* KL and gap of a row that is its own reference are 0, whatever it is. */
static void
test_same(void **state)
{
	struct kernels *k = isa_open(state, 1);
	float *logits = isa_random(3001, 12, 5), kl, gap;

	k->kl_forward(k, &kl, &gap, logits, logits, 0.9f, 1, 3001);
	assert_true(kl == 0 && gap == 0);
	free(logits);
	k->close(k);
}

/* A row's bits don't depend on the other rows nor on threads. */
static void
test_invariance(void **state)
{
	enum { N = 13, V = 2003 };
	float *logits = isa_random(N * V, 5, 1);
	float *reference = isa_random(N * V, 5, 2);
	float *d = isa_random(3 * N, 1, 3);
	float *all = isa_alloc(N * V * sizeof(*all));
	float *one = isa_alloc(N * V * sizeof(*one));
	float logprob[N], lse[N], entropy[N], kl[N], gap[N], got[2];
	int32_t target[N];
	struct kernels *k = isa_open(state, 3);
	struct logits_loss l = {logits, reference, target, lse, entropy, gap,
	    d, d + N, d + 2 * N};

	for (int r = 0; r < N; r++)
		target[r] = r * 31;
	k->logprob_forward(k, logprob, lse, entropy, logits, target, 0.9f, N,
	    V);
	k->kl_forward(k, kl, gap, logits, reference, 0.9f, N, V);
	k->loss_backward(k, all, DTYPE_F32, &l, 0.9f, N, V);
	k->close(k);
	k = isa_open(state, 1);
	for (size_t r = 0; r < N; r++) {
		struct logits_loss m = {logits + r * V, reference + r * V,
		    target + r, lse + r, entropy + r, gap + r, d + r,
		    d + N + r, d + 2 * N + r};

		k->kl_forward(k, &got[0], &got[1], m.logits, m.reference, 0.9f,
		    1, V);
		assert_true(got[0] == kl[r] && got[1] == gap[r]);
		k->loss_backward(k, one + r * V, DTYPE_F32, &m, 0.9f, 1, V);
	}
	k->close(k);
	assert_memory_equal(all, one, N * V * sizeof(*all));
	free(logits);
	free(reference);
	free(d);
	free(all);
	free(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_backward),
		ISA_TEST(test_kl),
		ISA_TEST(test_same),
		ISA_TEST(test_invariance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
