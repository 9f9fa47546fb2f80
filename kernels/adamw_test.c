/* AdamW against two steps by hand, and against double precision. */
#include "kernels/isa_test.h"

/*
 * By hand, with lr 0.1, decay 0.01, from 1: the first step takes 1·0.999 −
 * 0.1·0.5/0.5 = 0.899.  The second: m = 0.9·0.05 − 0.1·0.25 = 0.02, v =
 * 0.999·0.00025 + 0.001·0.0625 = 0.00031225; m/0.19 = 0.1052632,
 * √(v/0.001999) = 0.3952254; 0.899·0.999 − 0.1·0.1052632/0.3952254.
 */
static void
test_two_steps(void **state)
{
	struct kernels *k = isa_open(state, 1);
	struct adamw o = {.lr = 0.1f, .beta1 = 0.9f, .beta2 = 0.999f,
	    .eps = 1e-8f, .weight_decay = 0.01f, .gradient_scale = 0.5f,
	    .step = 1, .decayed = 1};
	float p = 1, m = 0, v = 0, g = 1;

	k->adamw_step(k, &p, &m, &v, &g, &o, 1);
	isa_near(p, 0.899, 1e-6);
	isa_near(m, 0.05, 1e-6);
	isa_near(v, 0.00025, 1e-8);
	assert_true(g == 0);
	g = -0.5f;
	o.step = 2;
	k->adamw_step(k, &p, &m, &v, &g, &o, 1);
	isa_near(m, 0.02, 1e-7);
	isa_near(v, 0.00031225, 1e-8);
	isa_near(p, 0.8714673, 1e-6);
	k->close(k);
}

static void
reference(double *p, double *m, double *v, double g, const struct adamw *o)
{
	double b1 = o->beta1, b2 = o->beta2, n = (double)o->step;

	g *= o->gradient_scale;
	*p -= (double)o->lr * o->weight_decay * *p;
	*m = b1 * *m + (1 - b1) * g;
	*v = b2 * *v + (1 - b2) * g * g;
	*p -= o->lr * (*m / (1 - pow(b1, n))) /
	    (sqrt(*v / (1 - pow(b2, n))) + o->eps);
}

static void
test_reference(void **state)
{
	enum { N = 20003, DECAYED = 9001, STEPS = 4 };
	struct adamw o = {.lr = 0.01f, .beta1 = 0.9f, .beta2 = 0.95f,
	    .eps = 1e-3f, .weight_decay = 0.1f, .gradient_scale = 0.3f,
	    .decayed = DECAYED};
	float *first[3] = {NULL};

	for (int n = 1; n <= 3; n++) {
		struct kernels *k = isa_open(state, n);
		float *p = isa_random(N, 1, 1), *p0 = isa_random(N, 1, 1);
		float *m = calloc(N, sizeof(*m)), *v = calloc(N, sizeof(*v));
		float *g[STEPS], *spent = malloc(N * sizeof(*spent));

		o.weight_decay = 0.1f;
		for (size_t s = 0; s < STEPS; s++) {
			g[s] = isa_random(N, 1, s + 2);
			memcpy(spent, g[s], N * sizeof(*spent));
			o.step = s + 1;
			k->adamw_step(k, p, m, v, spent, &o, N);
			for (size_t i = 0; i < N; i++)
				assert_true(spent[i] == 0);
		}
		free(spent);
		for (size_t i = 0; i < N; i++) {
			double rp = p0[i], rm = 0, rv = 0;

			if (i == DECAYED)
				o.weight_decay = 0;
			for (size_t s = 0; s < STEPS; s++) {
				o.step = s + 1;
				reference(&rp, &rm, &rv, g[s][i], &o);
			}
			/* A few roundings of fp32. */
			isa_near(p[i], rp, 5e-7);
			isa_near(m[i], rm, 5e-7);
			isa_near(v[i], rv, 5e-7);
		}
		for (size_t s = 0; s < STEPS; s++)
			free(g[s]);
		free(p0);
		k->close(k);
		if (n == 1) {
			first[0] = p;
			first[1] = m;
			first[2] = v;
			continue;
		}
		assert_memory_equal(p, first[0], N * sizeof(*p));
		assert_memory_equal(m, first[1], N * sizeof(*p));
		assert_memory_equal(v, first[2], N * sizeof(*p));
		free(p);
		free(m);
		free(v);
	}
	for (size_t i = 0; i < 3; i++)
		free(first[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_two_steps),
		ISA_TEST(test_reference),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
