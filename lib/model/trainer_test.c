/*
 * Gradients of the whole model against finite differences along each
 * parameter's own gradient, and what they must not depend on.  PyTorch's
 * gradients are reference_test.c's.
 */
#include "lib/model/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/model/toy_test.h"

#define SEQUENCES 3

static const size_t lengths[SEQUENCES] = {9, 70, 33};
static const size_t prompts[SEQUENCES] = {4, 20, 1};

/* Σ over response tokens of fixed coefficients times logprob, entropy, KL. */
struct weighted {
	float entropy, kl; /* the largest coefficient is twice that */
	size_t largest; /* piece */
	double sum;
};

static int
loss(void *context, const struct loss_rows *rows)
{
	struct weighted *w = context;

	if (rows->n > w->largest)
		w->largest = rows->n;
	for (size_t i = 0; i < rows->n; i++) {
		size_t at = rows->first + i + 3 * rows->sequence;
		float c = (float)(at % 5) * 0.02f - 0.05f;
		float e = w->entropy * (float)(at % 3);
		float d = w->kl * (float)(at % 3);

		rows->dlogprob[i] = c;
		rows->dentropy[i] = e;
		rows->dkl[i] = d;
		w->sum += (double)c * rows->logprob[i] +
		    (double)e * rows->entropy[i] + (double)d * rows->kl[i];
	}
	return 0;
}

struct setup {
	struct kernels *k;
	struct trainer *t;
	float entropy, kl;
	size_t largest; /* piece of a response that the loss was given */
	struct head_reference reference; /* a head of K 8 */
	float normed[80][8];
	int32_t tokens[SEQUENCES][80];
	struct sequence sequences[SEQUENCES];
};

/* A reference whose logits are of the policy's size. */
static void
add_reference(struct setup *s, size_t V)
{
	enum dtype f32 = DTYPE_F32;
	float weight[80][8];

	for (size_t i = 0; i < 80; i++)
		for (size_t j = 0; j < 8; j++) {
			struct draw d = {9, i, (uint32_t)j, 0};

			s->normed[i][j] = (float)philox_uniform(&d) * 2 - 1;
			d.seed = 10;
			weight[i][j] = (float)philox_uniform(&d) * 2 - 1;
		}
	s->reference.linear.N = V;
	s->reference.linear.K = 8;
	s->reference.linear.packed = s->k->alloc(s->k,
	    s->k->packed_bytes(f32, V, 8));
	s->k->pack(s->k, s->reference.linear.packed, f32, V, 8, 0, V, weight,
	    f32);
	s->t->reference = &s->reference;
}

static struct setup *
set_up(enum workspace_mode mode, size_t micro, int threads)
{
	struct setup *s = calloc(1, sizeof(*s));
	struct config c = toy_config();
	struct microbatch_room room = {80, SEQUENCES, micro, 2 * SEQUENCES,
	    micro / KV_PAGE + 4 * SEQUENCES};
	struct error err = {0};

	s->k = kernels_cpu(threads);
	s->t = trainer_new(s->k, &c, DTYPE_F32, 0, &err);
	assert_non_null(s->t);
	add_reference(s, c.vocab);
	assert_int_equal(trainer_reserve(s->t, &room, mode, &err), 0);
	toy_load(s->t);
	return s;
}

static double
gradient(struct setup *s)
{
	struct weighted w = {.entropy = s->entropy, .kl = s->kl};

	for (size_t i = 0; i < SEQUENCES; i++) {
		for (size_t j = 0; j < lengths[i]; j++)
			s->tokens[i][j] = (int32_t)((11 * i + j * j) % 67);
		s->sequences[i] = (struct sequence){s->tokens[i], lengths[i],
		    prompts[i], i == 1 ? 1.1f : 0.8f, s->normed};
	}
	trainer_gradient(s->t, s->sequences, SEQUENCES, loss, &w);
	s->largest = w.largest;
	return w.sum;
}

static void
tear_down(struct setup *s)
{
	trainer_free(s->t);
	s->k->free(s->k, s->reference.linear.packed);
	s->k->close(s->k);
	free(s);
}

/* The loss with parameter `q` moved by h along `direction`. */
static double
moved(struct setup *s, const struct parameter *q, const float *direction,
    double h)
{
	float *at = s->t->master + q->offset;
	float *saved = malloc(q->count * sizeof(*saved));
	double sum;

	memcpy(saved, at, q->count * sizeof(*saved));
	for (size_t i = 0; i < q->count; i++)
		at[i] += (float)(h * direction[i]);
	model_set(s->t->model, s->t->master);
	sum = gradient(s);
	memcpy(at, saved, q->count * sizeof(*saved));
	free(saved);
	return sum;
}

/*
 * fp32 logprobs carry about 1e-6 of noise in a loss near 1, so with h = 1e-2
 * the difference is good to about 1e-4 absolute plus its curvature's share.
 */
static void
check_differences(float entropy, float kl)
{
	struct setup *s = set_up(WORKSPACE_TRAIN, 512, 2);
	const struct parameters *p = &s->t->model->parameters;
	float *g = malloc(p->total * sizeof(*g));

	s->entropy = entropy;
	s->kl = kl;
	gradient(s);
	memcpy(g, s->t->gradient, p->total * sizeof(*g));
	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		float *direction = g + q->offset;
		double norm = 0, difference;
		const double h = 1e-2;

		for (size_t j = 0; j < q->count; j++)
			norm += (double)direction[j] * direction[j];
		norm = sqrt(norm);
		if (norm < 1e-6) /* k's bias: softmax doesn't see it */
			continue;
		for (size_t j = 0; j < q->count; j++)
			direction[j] = (float)(direction[j] / norm);
		difference = (moved(s, q, direction, h) -
		    moved(s, q, direction, -h)) / (2 * h);
		if (fabs(difference - norm) > 0.01 * norm + 3e-4)
			fail_msg("%s: gradient %g, difference %g", q->name,
			    norm, difference);
	}
	free(g);
	tear_down(s);
}

static void
test_finite_differences(void **state)
{
	(void)state;
	check_differences(0, 0);
	check_differences(0.03f, 0);
	check_differences(0.02f, 0.02f);
}

/* Bits don't depend on threads nor on recomputation. */
static void
test_same_bits(void **state)
{
	struct setup *a = set_up(WORKSPACE_TRAIN, 512, 1);
	struct setup *b = set_up(WORKSPACE_RECOMPUTE, 512, 3);
	size_t bytes = a->t->model->parameters.total * sizeof(float);

	(void)state;
	assert_true(gradient(a) == gradient(b));
	assert_memory_equal(a->t->gradient, b->t->gradient, bytes);
	tear_down(a);
	tear_down(b);
}

/* A loss of whole responses sees the same and makes the same gradient. */
static void
test_whole(void **state)
{
	struct setup *a = set_up(WORKSPACE_TRAIN, 512, 2);
	struct setup *b = set_up(WORKSPACE_TRAIN, 512, 2);
	size_t bytes = a->t->model->parameters.total * sizeof(float);

	(void)state;
	a->kl = b->kl = 0.02f;
	b->t->whole = 1;
	assert_true(gradient(a) == gradient(b));
	assert_memory_equal(a->t->gradient, b->t->gradient, bytes);
	assert_int_equal(b->largest, 50);
	tear_down(a);
	tear_down(b);
}

/* Micro-batches change the order of sums: fp32 rounding, no more. */
static void
test_micro_batches(void **state)
{
	struct setup *a = set_up(WORKSPACE_TRAIN, 512, 2);
	struct setup *b = set_up(WORKSPACE_TRAIN, 71, 2);
	size_t n = a->t->model->parameters.total;
	double square = 0, distance = 0;

	(void)state;
	gradient(a);
	gradient(b);
	for (size_t i = 0; i < n; i++) {
		double d = (double)a->t->gradient[i] - b->t->gradient[i];

		distance += d * d;
		square += (double)a->t->gradient[i] * a->t->gradient[i];
	}
	assert_true(square > 0);
	assert_true(sqrt(distance / square) < 1e-5);
	tear_down(a);
	tear_down(b);
}

/* AdamW's first step moves every weight by lr·sign(g), up to eps and decay. */
static void
test_step(void **state)
{
	struct setup *s = set_up(WORKSPACE_TRAIN, 512, 2);
	const struct parameters *p = &s->t->model->parameters;
	float *before = malloc(p->total * sizeof(*before));
	float *was = malloc(p->total * sizeof(*was));
	struct adamw o = {.lr = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f,
	    .eps = 1e-12f, .gradient_scale = 1};
	double loss_before = gradient(s);

	(void)state;
	memcpy(before, s->t->master, p->total * sizeof(*before));
	memcpy(was, s->t->gradient, p->total * sizeof(*was));
	trainer_step(s->t, &o);
	assert_int_equal(s->t->step, 1);
	for (size_t i = 0; i < p->total; i++) {
		double g = was[i];
		double d = (double)s->t->master[i] - before[i];

		if (fabs(g) > 1e-7)
			assert_true(fabs(d + copysign(1e-3, g)) < 1e-5);
	}
	assert_true(gradient(s) < loss_before);
	free(before);
	free(was);
	tear_down(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finite_differences),
		cmocka_unit_test(test_same_bits),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_micro_batches),
		cmocka_unit_test(test_step),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
