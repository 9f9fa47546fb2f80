/*
 * Gradients of value models against PyTorch's (testdata/models/README.md), in
 * fp32, whatever the micro-batches; and a value model that begins as a policy.
 */
#include "lib/model/valuehead.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <cmocka.h>

#include "lib/model/oracle_test.h"

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

struct fixture {
	struct oracle o;
	int32_t tokens[TRAJECTORIES][LONGEST];
	float returns[TRAJECTORIES][LONGEST];
	double reward[TRAJECTORIES];
	size_t last[TRAJECTORIES];
	struct sequence sequences[TRAJECTORIES];
	size_t responses;
	int bce;
	double loss;
};

/* With bce a token more, so that the value behind the last one is there. */
static void
read_trajectory(void *context, size_t i, const json_t *r)
{
	struct fixture *f = context;
	const json_t *part[] = {json_object_get(r, "prompt_tokens"),
	    json_object_get(r, "response_tokens")};
	size_t n = 0, prompt = json_array_size(part[0]), j;
	json_t *v;

	for (size_t p = 0; p < 2; p++)
		json_array_foreach(part[p], j, v)
			f->tokens[i][n++] = (int32_t)json_integer_value(v);
	json_array_foreach(json_object_get(r, "returns"), j, v)
		f->returns[i][j] = (float)json_number_value(v);
	f->reward[i] = json_number_value(json_object_get(r, "reward"));
	f->responses += n - prompt;
	f->last[i] = n - prompt - (f->tokens[i][n - 1] ==
	    f->o.c.config.pad_token);
	f->sequences[i] = (struct sequence){.tokens = f->tokens[i],
	    .length = n + (size_t)f->bce, .prompt = prompt, .temperature = 1};
}

static struct fixture *
open_fixture(const char *name, int bce, size_t micro_tokens)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->bce = bce;
	oracle_open(&f->o, name, 1);
	oracle_trajectories(name, read_trajectory, f);
	oracle_train(&f->o, DTYPE_F32, WORKSPACE_TRAIN, f->sequences,
	    micro_tokens);
	return f;
}

static int
loss(void *context, const struct loss_rows *r)
{
	struct fixture *f = context;
	size_t s = r->sequence;

	for (size_t i = 0; i < r->n; i++) {
		size_t t = r->first + i;
		double v = r->logprob[i], d = v - f->returns[s][t];

		if (f->bce && t != f->last[s])
			r->dlogprob[i] = 0;
		else if (f->bce) {
			double p = 1 / (1 + exp(-v)), y = f->reward[s];

			r->dlogprob[i] = (float)((p - y) / TRAJECTORIES);
			f->loss -= (y * log(p) + (1 - y) * log(1 - p)) /
			    TRAJECTORIES;
		} else {
			r->dlogprob[i] = (float)(d / (double)f->responses);
			f->loss += d * d / 2 / (double)f->responses;
		}
	}
	return 0;
}

/* Of all weights' gradients. */
static double
distance(const struct fixture *f, const char *prefix)
{
	double d = oracle_distance(&f->o, f->o.t->gradient, prefix);

	assert_true(d >= 0);
	return d;
}

/* 1e-4: fp32 sums in another order than the reference's doubles. */
static void
check(const char *name, int bce, size_t micro_tokens)
{
	struct fixture *f = open_fixture(name, bce, micro_tokens);
	const char *which = bce ? "bce" : "mse";
	const json_t *facts = f->o.facts;
	double want = json_real_value(json_object_get(json_object_get(facts,
	    "loss"), which)), norm = json_real_value(json_object_get(
	    json_object_get(facts, "grad_norm"), which));

	assert_int_equal(trainer_gradient(f->o.t, f->sequences, TRAJECTORIES,
	    loss, f), 0);
	assert_near(f->loss, want, 1e-5 * want);
	assert_near(trainer_gradient_norm(f->o.t), norm, 1e-4 * norm);
	assert_true(distance(f, bce ? "gradient.bce." : "gradient.mse.") <
	    1e-4);
	oracle_close(&f->o);
	free(f);
}

static void
gradients(void **state)
{
	(void)state;
	for (size_t micro = 1; micro <= 512; micro += 511)
		for (int bce = 0; bce < 2; bce++) {
			check("qwen2-reward", bce, micro);
			check("qwen3-value", bce, micro);
		}
}

/* bf16: the head's product is of two bytes, as its gradient is. */
static void
halves(void **state)
{
	struct fixture *f = open_fixture("qwen3-value", 0, 512);

	(void)state;
	oracle_train(&f->o, DTYPE_BF16, WORKSPACE_RECOMPUTE, f->sequences, 512);
	trainer_gradient(f->o.t, f->sequences, TRAJECTORIES, loss, f);
	/* 8 bits of mantissa through two layers. */
	assert_true(distance(f, "gradient.mse.") < 0.05);
	oracle_close(&f->o);
	free(f);
}

/* Its transformer is the policy's, its head 0; written, it is a value model. */
static void
begun(void **state)
{
	char dir[] = "/tmp/valuehead_test.XXXXXX", path[64], command[96];
	struct kernels *k = kernels_cpu(1);
	struct checkpoint from, to;
	struct error err = {0};
	struct trainer *t;
	float head[24], embedding[24], want[24];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/value", dir);
	/* Untied: its lm_head.weight is left behind. */
	assert_int_equal(checkpoint_open_value(&from,
	    "testdata/models/qwen2-sharded", 1, 1, 1, &err), 0);
	assert_int_equal(from.config.head, CONFIG_SEQUENCE);
	t = trainer_new(k, &from.config, DTYPE_F32, 0, &err);
	assert_int_equal(trainer_load(t, from.weights, &err), 0);
	if (checkpoint_write(path, &from, t, NULL, 1, &err) ||
	    checkpoint_open_value(&to, path, 1, 1, 0, &err))
		fail_msg("%s", err.text);
	assert_int_equal(to.config.head, CONFIG_SEQUENCE);
	assert_null(safetensors_find(to.weights, "lm_head.weight"));
	tensor_to_f32(head, safetensors_find(to.weights, "score.weight"), 0,
	    24);
	tensor_to_f32(embedding, safetensors_find(to.weights,
	    "model.embed_tokens.weight"), 48, 24);
	tensor_to_f32(want, safetensors_find(from.weights,
	    "model.embed_tokens.weight"), 48, 24);
	for (size_t i = 0; i < 24; i++)
		assert_true(head[i] == 0 && embedding[i] == want[i]);
	checkpoint_close(&to);
	checkpoint_close(&from);
	trainer_free(t);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	k->close(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients),
		cmocka_unit_test(halves),
		cmocka_unit_test(begun),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
