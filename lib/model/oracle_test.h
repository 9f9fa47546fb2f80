#ifndef MODEL_ORACLE_TEST_H
#define MODEL_ORACLE_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <jansson.h>

#include "lib/model/checkpoint.h"

/* A model of testdata/models, and what PyTorch says of it (README.md there). */

#define TRAJECTORIES 4
#define LONGEST 128

struct oracle {
	struct kernels *k;
	struct checkpoint c;
	struct trainer *t;
	struct safetensors *reference;
	json_t *facts;
};

/* All but the trainer; value: as a value model. */
static inline void
oracle_open(struct oracle *o, const char *name, int value)
{
	struct error err = {0};
	char path[256];

	o->k = kernels_cpu(2);
	snprintf(path, sizeof(path), "testdata/models/%s", name);
	if (value ? checkpoint_open_value(&o->c, path, 1, 0, 0, &err) :
	    checkpoint_open(&o->c, path, 1, 0, &err))
		fail_msg("%s", err.text);
	o->reference = safetensors_open(path, "reference", &err);
	assert_non_null(o->reference);
	snprintf(path, sizeof(path), "testdata/models/%s/reference.json",
	    name);
	o->facts = json_load_file(path, 0, NULL);
	assert_non_null(o->facts);
}

/* Calls read with each of its trajectories. */
static inline void
oracle_trajectories(const char *name,
    void (*read)(void *context, size_t i, const json_t *record), void *context)
{
	char path[256];
	FILE *buffer;

	snprintf(path, sizeof(path), "testdata/models/%s/buffer.jsonl", name);
	buffer = fopen(path, "r");
	assert_non_null(buffer);
	for (size_t i = 0; i < TRAJECTORIES; i++) {
		json_t *record = json_loadf(buffer, JSON_DISABLE_EOF_CHECK,
		    NULL);

		assert_non_null(record);
		read(context, i, record);
		json_decref(record);
	}
	fclose(buffer);
}

/* A trainer for these sequences, the weights in it. */
static inline void
oracle_train(struct oracle *o, enum dtype type, enum workspace_mode mode,
    const struct sequence sequences[TRAJECTORIES], size_t micro_tokens)
{
	struct error err = {0};
	struct microbatch_room room;

	assert_int_equal(microbatch_room(&room, sequences, TRAJECTORIES,
	    TRAJECTORIES, micro_tokens), 0);
	room.positions = LONGEST;
	trainer_free(o->t);
	o->t = trainer_new(o->k, &o->c.config, type, 0, &err);
	if (o->t == NULL || trainer_reserve(o->t, &room, mode, &err) ||
	    trainer_load(o->t, o->c.weights, &err))
		fail_msg("%s", err.text);
}

/*
 * ‖got − want‖/‖want‖ over all parameters under a prefix; -1 if none is there,
 * fails if some are not.
 */
static inline double
oracle_distance(const struct oracle *o, const float *got, const char *prefix)
{
	const struct parameters *p = &o->t->model->parameters;
	double square = 0, error = 0;
	size_t found = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		const struct tensor *t;
		char name[160];

		snprintf(name, sizeof(name), "%s%s", prefix, q->name);
		t = safetensors_find(o->reference, name);
		if (t == NULL)
			continue;
		found++;
		assert_int_equal(t->count, q->count);
		for (size_t j = 0; j < t->count; j++) {
			float want;
			double d;

			tensor_to_f32(&want, t, j, 1);
			d = (double)got[q->offset + j] - want;
			error += d * d;
			square += (double)want * want;
		}
	}
	if (found > 0 && found < p->count)
		fail_msg("%s*: %zu of %zu", prefix, found, p->count);
	return found > 0 ? sqrt(error / square) : -1;
}

static inline void
oracle_close(struct oracle *o)
{
	trainer_free(o->t);
	checkpoint_close(&o->c);
	safetensors_close(o->reference);
	json_decref(o->facts);
	o->k->close(o->k);
}

#endif
