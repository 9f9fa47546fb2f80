/*
 * Value models asked for values: those of PyTorch (testdata/models/README.md),
 * the same bits however they are asked, and what is refused.
 */
#include "lib/model/critic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <cmocka.h>

#include "lib/io/safetensors.h"
#include "lib/model/checkpoint.h"

#define SEQUENCES 4
#define LONGEST 128

struct fixture {
	char path[64];
	int32_t tokens[SEQUENCES][LONGEST];
	struct critic_sequence list[SEQUENCES];
	size_t values; /* of all */
};

static void
read_fixture(struct fixture *f, const char *name)
{
	char path[128];
	FILE *buffer;

	memset(f, 0, sizeof(*f));
	snprintf(f->path, sizeof(f->path), "testdata/models/%s", name);
	snprintf(path, sizeof(path), "%s/buffer.jsonl", f->path);
	assert_non_null(buffer = fopen(path, "r"));
	for (size_t i = 0; i < SEQUENCES; i++) {
		json_t *r = json_loadf(buffer, JSON_DISABLE_EOF_CHECK, NULL);
		json_t *part[] = {json_object_get(r, "prompt_tokens"),
		    json_object_get(r, "response_tokens")};
		size_t n = 0, j;
		json_t *v;

		for (size_t p = 0; p < 2; p++)
			json_array_foreach(part[p], j, v)
				f->tokens[i][n++] =
				    (int32_t)json_integer_value(v);
		f->list[i] = (struct critic_sequence){f->tokens[i], n,
		    json_array_size(part[0])};
		f->values += n - f->list[i].prompt + 1;
		json_decref(r);
	}
	fclose(buffer);
}

static float *
ask(const struct fixture *f, int threads, int dtype, size_t micro,
    const struct critic_sequence *list, size_t n, size_t values)
{
	struct kernels *k = kernels_cpu(threads);
	struct error err = {0};
	struct critic *c = critic_open(k, f->path, dtype, micro, &err);
	float *v = calloc(values, sizeof(*v));

	if (c == NULL || critic_values(c, v, list, n, &err) != 0)
		fail_msg("%s", err.text);
	critic_close(c);
	k->close(k);
	return v;
}

/* 1e-4: fp32 sums in another order than the reference's doubles. */
static void
check_values(const char *name)
{
	struct fixture f;
	struct error err = {0};
	struct safetensors *reference;
	float *got, *at;

	read_fixture(&f, name);
	reference = safetensors_open(f.path, "reference", &err);
	at = got = ask(&f, 2, 0, 512, f.list, SEQUENCES, f.values);
	for (size_t i = 0; i < SEQUENCES; i++) {
		const struct critic_sequence *s = &f.list[i];
		char tensor[32];
		const struct tensor *t;

		snprintf(tensor, sizeof(tensor), "values.%zu", i);
		assert_non_null(t = safetensors_find(reference, tensor));
		assert_int_equal(t->count, s->length);
		for (size_t j = s->prompt - 1; j < s->length; j++, at++) {
			float want;

			tensor_to_f32(&want, t, j, 1);
			if (fabsf(*at - want) > 1e-4f * (1 + fabsf(want)))
				fail_msg("%s %zu, position %zu: %.7g, "
				    "reference %.7g", name, i, j, *at, want);
		}
	}
	safetensors_close(reference);
	free(got);
}

static void
values(void **state)
{
	(void)state;
	check_values("qwen2-reward");
	check_values("qwen3-value");
}

static void
scores(void **state)
{
	struct fixture f;
	struct error err = {0};
	struct kernels *k = kernels_cpu(1);
	json_t *facts = json_load_file(
	    "testdata/models/qwen2-reward/reference.json", 0, NULL);
	struct critic *c;
	float *got, *at;

	(void)state;
	read_fixture(&f, "qwen2-reward");
	assert_non_null(c = critic_open(k, f.path, 0, 64, &err));
	at = got = ask(&f, 1, 0, 64, f.list, SEQUENCES, f.values);
	for (size_t i = 0; i < SEQUENCES; i++) {
		const struct critic_sequence *s = &f.list[i];
		double want = json_real_value(json_array_get(
		    json_object_get(facts, "score"), i));
		size_t last = critic_last(critic_config(c), s);

		/* The second one ends in padding. */
		assert_int_equal(last, s->length - s->prompt - (i == 1));
		assert_true(fabs(at[last] - want) < 1e-4);
		at += s->length - s->prompt + 1;
	}
	f.tokens[0][2] = f.tokens[0][3] = f.tokens[0][4] = 256;
	assert_int_equal(critic_last(critic_config(c), &f.list[0]), 0);
	critic_close(c);
	json_decref(facts);
	free(got);
	k->close(k);
}

/* Alone, together, with shared prompts, cut elsewhere, by other threads. */
static void
invariance(int dtype)
{
	struct fixture f;
	struct critic_sequence list[9];
	size_t n = 0, values = 0;
	float *all, *at;

	read_fixture(&f, "qwen3-value");
	for (size_t i = 0; i < SEQUENCES; i++) {
		/* The same prompt again, cut at two places, one empty. */
		list[n++] = f.list[i];
		list[n] = f.list[i];
		list[n++].length -= 2;
	}
	list[n] = f.list[3];
	list[n++].length = f.list[3].prompt;
	for (size_t i = 0; i < n; i++)
		values += list[i].length - list[i].prompt + 1;
	at = all = ask(&f, 2, dtype, 4096, list, n, values);
	for (size_t micro = 1; micro < 300; micro += 97) {
		float *other = ask(&f, 1, dtype, micro, list, n, values);

		assert_memory_equal(all, other, values * sizeof(*all));
		free(other);
	}
	for (size_t i = 0; i < n; i++) {
		size_t m = list[i].length - list[i].prompt + 1;
		float *alone = ask(&f, 2, dtype, 512, list + i, 1, m);

		assert_memory_equal(at, alone, m * sizeof(*alone));
		free(alone);
		at += m;
	}
	free(all);
}

static void
same_bits(void **state)
{
	(void)state;
	invariance(1);
	invariance(2);
}

/* One critic, asked for more each time: its room grows. */
static void
growing(void **state)
{
	struct fixture f;
	struct kernels *k = kernels_cpu(1);
	struct error err = {0};
	struct critic *c;
	float *all, *at, got[2 * LONGEST];

	(void)state;
	read_fixture(&f, "qwen2-reward");
	at = all = ask(&f, 1, 0, 64, f.list, SEQUENCES, f.values);
	c = critic_open(k, f.path, 0, 64, &err);
	for (size_t i = 0; i < SEQUENCES; i++) {
		size_t m = f.list[i].length - f.list[i].prompt + 1;

		assert_int_equal(critic_values(c, got, &f.list[i], 1, &err),
		    0);
		assert_memory_equal(got, at, m * sizeof(*got));
		at += m;
	}
	assert_int_equal(critic_values(c, got, f.list, 0, &err), 0);
	critic_close(c);
	k->close(k);
	free(all);
}

/* As long as the model has positions, to the last one. */
static void
longest(void **state)
{
	struct fixture f;
	int32_t tokens[256] = {0};
	struct critic_sequence s = {tokens, 256, 1};
	float *v;

	(void)state;
	read_fixture(&f, "qwen2-reward");
	v = ask(&f, 1, 0, 16, &s, 1, 256);
	for (size_t i = 0; i < 256; i++)
		assert_true(isfinite(v[i]));
	free(v);
}

/* A copy of a fixture with another config.json or other weights' names. */
static void
refusal(const char *from, const char *old, const char *new, const char *file,
    const char *want)
{
	char dir[] = "/tmp/critic_test.XXXXXX", command[1024];
	struct kernels *k = kernels_cpu(1);
	struct error err = {0};

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "cp testdata/models/%s/config.json "
	    "testdata/models/%s/model.safetensors %s && "
	    "perl -0pi -e 's/%s/%s/' %s/%s", from, from, dir, old, new, dir,
	    file);
	assert_int_equal(system(command), 0);
	assert_null(critic_open(k, dir, 0, 64, &err));
	assert_int_equal(err.status, STATUS_DATA);
	if (strstr(err.text, want) == NULL)
		fail_msg("%s: expected %s", err.text, want);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	k->close(k);
}

static void
refusals(void **state)
{
	static const char config[] = "config.json", file[] =
	    "model.safetensors";

	(void)state;
	refusal("qwen3", "x", "x", config, "a Qwen3ForCausalLM is a policy, "
	    "where a value model is wanted");
	refusal("qwen2-reward", "\"0\": \"LABEL_0\"",
	    "\"0\": \"A\", \"1\": \"B\"", config,
	    "config.json: id2label: 2 labels are not supported, only one");
	refusal("qwen2-reward", "ForSequenceC", "ForQuestionAnsweringC",
	    config, "is not supported");
	refusal("qwen2-reward", "\"score.weight\"", "\"scare.weight\"", file,
	    "tensor score.weight is missing");
	refusal("qwen3-value", "\"score.bias\"", "\"score.bits\"", file,
	    "tensor score.bias is missing");
	/* (1, 32) of as many elements. */
	refusal("qwen2-reward", "(score.weight.{0,40}\"shape\":)\\[1,32\\]",
	    "$1\\[32,1\\]", file, "tensor score.weight: its shape is not the "
	    "(1, 32) of config.json");
	refusal("qwen3-value", "\"head_dim\"",
	    "\"token_classification_bias\": false, \"head_dim\"", config,
	    "tensor score.bias: a qwen3 model of this config.json has none");
}

/* The other way round: a policy's reader refuses a value model. */
static void
no_policy(void **state)
{
	struct checkpoint c;
	struct error err = {0};

	(void)state;
	assert_int_equal(checkpoint_open(&c, "testdata/models/qwen2-reward", 1,
	    0, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_string_equal(err.text, "testdata/models/qwen2-reward: a "
	    "Qwen2ForSequenceClassification is a value model, where a policy "
	    "is wanted");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(scores),
		cmocka_unit_test(same_bits),
		cmocka_unit_test(growing),
		cmocka_unit_test(longest),
		cmocka_unit_test(refusals),
		cmocka_unit_test(no_policy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
