/*
 * Gradients of every objective, loss normalisation and KL estimator against
 * PyTorch's in double precision (testdata/objectives/README.md).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tools/learner.h"

#define POLICY "testdata/models/qwen2-tied"
#define REFERENCE "testdata/models/qwen3"
#define FIXTURE "testdata/objectives"
#define TRAJECTORIES 6
#define PROJECTIONS 8
#define TOLERANCE 1e-4 /* of the gradient's norm */

struct world {
	struct kernels *k;
	struct engine engine;
	struct checkpoint policy;
	struct prompt prompt;
	struct trajectory list[TRAJECTORIES];
	struct fixed_reference reference;
	struct safetensors *gradients;
	size_t cases, kept;
};

static void
read_buffer(struct world *w)
{
	FILE *f = fopen(FIXTURE "/buffer.jsonl", "r");
	struct error err = {0};

	assert_non_null(f);
	for (size_t i = 0; i < TRAJECTORIES; i++) {
		json_t *record = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL);

		assert_non_null(record);
		if (trajectory_read(&w->list[i], record,
		    TRAJECTORY_ADVANTAGE, &w->prompt,
		    &w->policy.config, &err))
			fail_msg("%s", err.text);
		w->list[i].group = 1;
		json_decref(record);
	}
	fclose(f);
}

/* The reference's logprobs and rows, as every case reads them. */
static void
read_reference(struct world *w)
{
	unsigned char skipped[TRAJECTORIES] = {0};
	struct fixed all = {w->list, TRAJECTORIES, skipped, 4, 64};
	struct error err = {0};

	if (fixed_load(&w->reference, REFERENCE, w->k, &w->engine,
	    &w->policy.config, &err) ||
	    fixed_pass(&w->reference, &all, &w->prompt, 1, &err))
		fail_msg("%s", err.text);
}

static void
open_world(struct world *w)
{
	struct error err = {0};

	w->k = kernels_cpu(2);
	if (checkpoint_open(&w->policy, POLICY, 1, 0, &err) ||
	    prompt_open(&w->prompt, POLICY, &err))
		fail_msg("%s", err.text);
	w->gradients = safetensors_open(FIXTURE, "gradients", &err);
	if (w->gradients == NULL)
		fail_msg("%s", err.text);
	read_buffer(w);
	read_reference(w);
}

static void
close_world(struct world *w)
{
	for (size_t i = 0; i < TRAJECTORIES; i++)
		trajectory_free(&w->list[i]);
	fixed_free(&w->reference, w->k);
	safetensors_close(w->gradients);
	prompt_close(&w->prompt);
	checkpoint_close(&w->policy);
	w->k->close(w->k);
}

static int
word(const json_t *o, const char *name, const char *const *words)
{
	const char *s = json_string_value(json_object_get(o, name));
	int i = 0;

	while (s != NULL && words[i] != NULL && strcmp(words[i], s) != 0)
		i++;
	assert_true(words[i] != NULL);
	return i;
}

static double
number(const json_t *o, const char *name)
{
	return json_number_value(json_object_get(o, name));
}

static struct learner_options
options_of(const json_t *o)
{
	struct learner_options l = LEARNER_DEFAULTS;
	const json_t *clip = json_object_get(o, "clip");

	l.batch = TRAJECTORIES;
	l.micro_tokens = 64;
	l.loss.objective = word(o, "objective", objective_names);
	l.loss.norm = word(o, "loss-norm", loss_norms);
	l.loss.max_response = 40;
	l.loss.weights.sequence = word(o, "is-level", loss_levels);
	l.loss.weights.cap = number(o, "is-cap");
	for (size_t i = 0; i < json_array_size(clip); i++)
		l.loss.weights.clip[i] =
		    json_number_value(json_array_get(clip, i));
	l.loss.old = word(o, "old", loss_olds);
	l.loss.tis = number(o, "tis");
	l.loss.beta = number(o, "beta");
	l.loss.kl = word(o, "kl", penalty_names);
	l.loss.entropy = number(o, "entropy");
	return l;
}

/* ±1: make-objectives.py's signs(). */
static double
sign(const char *name, uint64_t vector, uint64_t element)
{
	uint64_t h = 0xCBF29CE484222325u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001B3u;
	h = (h + vector + element * PROJECTIONS) * 0x9E3779B97F4A7C15u;
	h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
	h = (h ^ h >> 27) * 0x94D049BB133111EBu;
	return (h ^ h >> 31) >> 63 ? -1 : 1;
}

static double
projection(const struct trainer *t, uint64_t vector)
{
	const struct parameters *p = &t->model->parameters;
	double sum = 0;

	for (size_t i = 0; i < p->count; i++)
		for (size_t j = 0; j < p->list[i].count; j++)
			sum += sign(p->list[i].name, vector, j) *
			    (double)t->gradient[p->list[i].offset + j];
	return sum;
}

/* ‖got − want‖ of the gradient kept under this number. */
static double
distance(const struct world *w, const struct trainer *t, json_int_t kept)
{
	const struct parameters *p = &t->model->parameters;
	double square = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		const struct tensor *x;
		float *want = malloc(q->count * sizeof(*want));
		char name[160];

		snprintf(name, sizeof(name), "%lld.%s", (long long)kept,
		    q->name);
		x = safetensors_find(w->gradients, name);
		assert_non_null(x);
		tensor_to_f32(want, x, 0, q->count);
		for (size_t j = 0; j < q->count; j++)
			square += pow((double)t->gradient[q->offset + j] -
			    want[j], 2);
		free(want);
	}
	return sqrt(square);
}

/*
 * The differences along random signs have the distance's length on average;
 * their mean square estimates it.
 */
static void
check_gradient(struct world *w, const struct trainer *t, const json_t *line,
    const char *text)
{
	const json_t *want = json_object_get(line, "projections");
	const json_t *kept = json_object_get(line, "gradient");
	double norm = number(line, "norm"), square = 0, off;

	for (size_t i = 0; i < PROJECTIONS; i++)
		square += pow(projection(t, i) -
		    json_number_value(json_array_get(want, i)), 2);
	off = sqrt(square / PROJECTIONS) / norm;
	if (!(off <= TOLERANCE))
		fail_msg("%s: the gradient is off by %g", text, off);
	if (kept == NULL)
		return;
	off = distance(w, t, json_integer_value(kept)) / norm;
	if (!(off <= TOLERANCE))
		fail_msg("%s: the whole gradient is off by %g", text, off);
	w->kept++;
}

static void
check_case(struct world *w, const json_t *line)
{
	const json_t *o = json_object_get(line, "options");
	struct learner_options options = options_of(o);
	double loss = number(line, "loss"), norm = number(line, "norm");
	char *text = json_dumps(o, JSON_COMPACT);
	struct error err = {0};
	struct learner l;
	struct metrics m;
	struct trainer *t = trainer_new(w->k, &w->policy.config, DTYPE_F32, 0,
	    &err);

	if (t == NULL || trainer_load(t, w->policy.weights, &err))
		fail_msg("%s", err.text);
	if (options.loss.kl == PENALTY_FULL)
		t->reference = &w->reference.head;
	if (learner_new(&l, &options, w->list, TRAJECTORIES, &err) ||
	    learner_begin(&l, t, WORKSPACE_TRAIN, 1, &err))
		fail_msg("%s", err.text);
	learner_order(&l, 0);
	assert_int_equal(learner_gradient(&l, 0, &m), 0);
	if (!(fabs(m.loss - loss) <= 1e-5 * fmax(fabs(loss), 1)))
		fail_msg("%s: loss %.9g, reference %.9g", text, m.loss, loss);
	if (!(fabs(m.grad_norm - norm) <= TOLERANCE * norm))
		fail_msg("%s: gradient's norm %g, reference %g", text,
		    m.grad_norm, norm);
	check_gradient(w, t, line, text);
	w->cases++;
	learner_free(&l);
	trainer_free(t);
	free(text);
}

static void
test_cases(void **state)
{
	FILE *f = fopen(FIXTURE "/cases.jsonl", "r");
	struct world w = {0};
	json_t *line;

	(void)state;
	assert_non_null(f);
	open_world(&w);
	while ((line = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
		check_case(&w, line);
		json_decref(line);
	}
	fclose(f);
	/* 5 objectives, 4 normalisations, 5 KL estimators, and more. */
	assert_int_equal(w.cases, 110);
	assert_int_equal(w.kept, 3);
	close_world(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
