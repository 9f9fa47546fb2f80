/*
 * Sequences with a common prompt: the gradient and logprobs are those of the
 * sequences one by one, the prompt's rows are computed once.
 */
#include "lib/model/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/model/toy_test.h"

#define MOST 12
#define LONGEST 256

/* Sequences, and what a pass said of them. */
struct job {
	size_t n;
	int32_t tokens[MOST][LONGEST];
	struct sequence sequences[MOST];
	float logprob[MOST][LONGEST];
};

/* A response of `response` tokens to prompt `p`, a function of them all. */
static void
add(struct job *j, size_t p, size_t prompt, size_t response)
{
	size_t s = j->n++;

	for (size_t i = 0; i < prompt; i++)
		j->tokens[s][i] = (int32_t)((p + 5 * i + i * i) % 67);
	for (size_t i = 0; i < response; i++)
		j->tokens[s][prompt + i] =
		    (int32_t)((13 * s + 3 * i + i * i) % 67);
	j->sequences[s] = (struct sequence){j->tokens[s], prompt + response,
	    prompt, s % 5 == 4 ? 1.5f : 0.8f, NULL};
}

/* Which sequences of a job a call is given. */
struct call {
	struct job *job;
	size_t first;
};

static int
loss(void *context, const struct loss_rows *rows)
{
	const struct call *call = context;
	size_t s = call->first + rows->sequence;

	memcpy(call->job->logprob[s] + rows->first, rows->logprob,
	    rows->n * sizeof(*rows->logprob));
	for (size_t i = 0; i < rows->n; i++)
		rows->dlogprob[i] = (float)((rows->first + i + 3 * s) % 5) *
		    0.02f - 0.05f;
	return 0;
}

/* How a job is done. */
struct way {
	enum dtype type;
	enum workspace_mode mode;
	size_t micro;
	size_t given; /* sequences a call */
	int threads;
};

/* The sum of the calls' gradients, to be freed; `rows` computed. */
static float *
gradient(struct job *j, const struct way *way, size_t *total, size_t *rows)
{
	struct config c = toy_config();
	struct kernels *k = kernels_cpu(way->threads);
	struct error err = {0};
	struct trainer *t = trainer_new(k, &c, way->type, 0, &err);
	struct microbatch_room room;
	float *sum;

	assert_non_null(t);
	assert_int_equal(microbatch_room(&room, j->sequences, j->n, way->given,
	    way->micro), 0);
	assert_int_equal(trainer_reserve(t, &room, way->mode, &err), 0);
	toy_load(t);
	*total = t->model->parameters.total;
	sum = calloc(*total, sizeof(*sum));
	for (size_t i = 0; i < j->n; i += way->given) {
		struct call call = {j, i};
		size_t n = j->n - i < way->given ? j->n - i : way->given;

		assert_int_equal(trainer_gradient(t, j->sequences + i, n, loss,
		    &call), 0);
		for (size_t x = 0; x < *total; x++)
			sum[x] += t->gradient[x];
	}
	*rows = t->done.work.rows;
	trainer_free(t);
	k->close(k);
	return sum;
}

static double
distance(const float *a, const float *b, size_t n)
{
	double square = 0, error = 0;

	for (size_t i = 0; i < n; i++) {
		double d = (double)a[i] - b[i];

		error += d * d;
		square += (double)b[i] * b[i];
	}
	assert_true(square > 0);
	return sqrt(error / square);
}

/*
 * Together and one by one: the same bits forward, the same gradient within the
 * rounding of sums, of fp32 or, where a shared row's gradient is rounded once
 * instead of once a sequence, of bf16.
 */
static void
check(struct job *j, enum dtype type, enum workspace_mode mode, size_t micro,
    size_t expected)
{
	struct way alone = {type, WORKSPACE_TRAIN, LONGEST, 1, 1};
	struct way together = {type, mode, micro, j->n, 2};
	struct job *one = malloc(sizeof(*one));
	size_t total, rows;
	float *want, *got;

	*one = *j;
	want = gradient(one, &alone, &total, &rows);
	got = gradient(j, &together, &total, &rows);
	if (rows != expected)
		fail_msg("%zu rows, not %zu", rows, expected);
	assert_memory_equal(j->logprob, one->logprob, sizeof(j->logprob));
	if (distance(got, want, total) > (type == DTYPE_F32 ? 1e-5 : 1e-2))
		fail_msg("gradient off by %g", distance(got, want, total));
	free(want);
	free(got);
	free(one);
}

/* Four responses to a prompt of each size around a page's end. */
static void
test_pages(void **state)
{
	static const size_t prompts[] = {1, 2, 63, 64, 65, 128, 130};

	(void)state;
	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++)
		for (int type = DTYPE_F32; type <= DTYPE_BF16; type++) {
			struct job j = {0};

			for (size_t s = 0; s < 4; s++)
				add(&j, 1, prompts[i], 20 + 17 * s);
			check(&j, (enum dtype)type, WORKSPACE_TRAIN, 1024,
			    prompts[i] + 4 * 19 + 17 * 6);
		}
}

/* Groups apart in the input, of one sequence, of responses of one token. */
static void
test_groups(void **state)
{
	struct job j = {0};

	(void)state;
	add(&j, 1, 40, 1);
	add(&j, 2, 40, 30);
	add(&j, 1, 40, 25);
	add(&j, 3, 40, 1);
	add(&j, 1, 41, 9); /* begins as another's does, and is longer */
	add(&j, 2, 40, 50);
	add(&j, 1, 40, 1);
	check(&j, DTYPE_F32, WORKSPACE_TRAIN, 1024, 40 + 24 + 40 + 29 + 49 +
	    40 + 41 + 8);
	check(&j, DTYPE_F32, WORKSPACE_RECOMPUTE, 1024, 271);
}

/* A prompt is computed again in each micro-batch that its group is cut into. */
static void
test_cut(void **state)
{
	struct job j = {0};

	(void)state;
	for (size_t s = 0; s < 9; s++)
		add(&j, 1, 70, 51);
	/* 70 + 3 · 50 rows fit into 256, then so do the next three. */
	check(&j, DTYPE_F32, WORKSPACE_TRAIN, 256, 3 * 70 + 9 * 50);
	check(&j, DTYPE_F32, WORKSPACE_TRAIN, 220, 3 * 70 + 9 * 50);
	check(&j, DTYPE_F32, WORKSPACE_TRAIN, 170, 5 * 70 + 9 * 50);
	check(&j, DTYPE_BF16, WORKSPACE_RECOMPUTE, 1, 9 * 120);
}

/* Nothing but the order of threads' work may differ: the same bits. */
static void
test_same_bits(void **state)
{
	struct way ways[] = {{DTYPE_BF16, WORKSPACE_TRAIN, 300, MOST, 1},
	    {DTYPE_BF16, WORKSPACE_RECOMPUTE, 300, MOST, 3}};
	size_t total, rows;
	float *got[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct job j = {0};

		for (size_t s = 0; s < MOST; s++)
			add(&j, s % 3, 66, 10 + 7 * s);
		got[i] = gradient(&j, &ways[i], &total, &rows);
	}
	assert_memory_equal(got[0], got[1], total * sizeof(*got[0]));
	free(got[0]);
	free(got[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_same_bits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
