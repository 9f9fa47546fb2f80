/* What an update needs, opened in an order that spares time and memory. */
#include "tools/update.h"

#include "lib/base/clock.h"

enum offload
update_offload(const struct update_options *o)
{
	return o->offload_gradient ? OFFLOAD_GRADIENT :
	    o->offload ? OFFLOAD_STATE : OFFLOAD_NOTHING;
}

static int
load_weights(struct update *u, struct error *err)
{
	struct checkpoint *c = &u->checkpoint;

	if (u->options->init)
		return trainer_init(u->trainer, u->options->learner.seed, err);
	if (c->optimizer == NULL || u->options->reset_optimizer)
		return trainer_load(u->trainer, c->weights, err);
	if (trainer_load_state(u->trainer, c->optimizer, (uint64_t)
	    json_integer_value(json_object_get(c->state, "step")), err))
		return error_prefix(err, "%s/optimizer.safetensors: ", c->dir);
	return 0;
}

static int
open_trainer(struct update *u, const struct engine *e, struct error *err)
{
	const struct config *c = &u->checkpoint.config;
	double start = clock_seconds();

	u->trainer = trainer_new(u->kernels, c, engine_type(e, c),
	    update_offload(u->options), err);
	u->account.trainer = u->trainer;
	if (u->trainer == NULL || load_weights(u, err))
		return -1;
	checkpoint_release(&u->checkpoint);
	u->account.load += clock_seconds() - start;
	return 0;
}

/* What is loaded first: a reference before the policy, never beside it. */
static int
open_first(struct update *u, const struct engine *e, struct error *err)
{
	const struct loss_options *o = &u->options->learner.loss;
	double start = clock_seconds();
	int bad;

	u->kernels = engine_open(e, err);
	if (u->kernels == NULL)
		return -1;
	if (o->beta == 0)
		return open_trainer(u, e, err);
	bad = fixed_load(&u->reference, o->reference, u->kernels, e,
	    &u->checkpoint.config, err);
	u->account.load += clock_seconds() - start;
	return bad;
}

/* The reference speaks, and makes room for the policy, if that waits for it. */
static int
use_reference(struct update *u, const struct engine *e, struct error *err)
{
	const struct fixed passed = learner_passed(&u->learner);
	int full = u->options->learner.loss.kl == PENALTY_FULL;
	double start = clock_seconds();

	if (fixed_pass(&u->reference, &passed, u->trainer == NULL ?
	    u->buffer.prompt : NULL, full, err))
		return -1;
	u->account.prepare += clock_seconds() - start;
	if (u->trainer == NULL && open_trainer(u, e, err))
		return -1;
	if (full)
		u->trainer->reference = &u->reference.head;
	return 0;
}

/* A model is loaded while the buffer is read, whose errors come first. */
static int
open_both(struct update *u, const struct engine *e, struct error *err)
{
	struct error loading = {0};
	int bad;

	if (intake_start(&u->buffer, err))
		return -1;
	bad = open_first(u, e, &loading);
	if (intake_wait(&u->buffer, err))
		return -1;
	if (bad) {
		*err = loading;
		return -1;
	}
	u->account.read += u->buffer.seconds;
	return 0;
}

static int
begin(struct update *u, const struct engine *e, int once, struct error *err)
{
	double start;

	if (learner_new(&u->learner, &u->options->learner, u->buffer.list,
	    u->buffer.count, err) ||
	    (u->options->learner.loss.beta > 0 && use_reference(u, e, err)))
		return -1;
	start = clock_seconds();
	if (learner_begin(&u->learner, u->trainer, u->options->recompute ?
	    WORKSPACE_RECOMPUTE : WORKSPACE_TRAIN, once, err))
		return -1;
	u->account.prepare += clock_seconds() - start;
	return 0;
}

static int
open_checkpoint(struct update *u, struct error *err)
{
	const struct update_options *o = u->options;
	int there = !o->init;

	return loss_of_values(&o->learner.loss) ?
	    checkpoint_open_value(&u->checkpoint, o->model, there, there, 1,
	    err) :
	    checkpoint_open(&u->checkpoint, o->model, there, there, err);
}

int
update_open(struct update *u, const struct engine *e, int once,
    struct error *err)
{
	const struct update_options *o = u->options;

	u->buffer.model = o->model;
	u->buffer.config = &u->checkpoint.config;
	u->buffer.target = loss_target(&o->learner.loss);
	u->buffer.sampler = loss_reads_sampler(&o->learner.loss);
	return open_checkpoint(u, err) || open_both(u, e, err) ||
	    begin(u, e, once, err) ? -1 : 0;
}

/* Beside the policy now, for the time of its pass. */
static int
load_reference(struct update *u, const struct engine *e, struct error *err)
{
	const struct loss_options *o = &u->options->learner.loss;
	double start = clock_seconds();
	int bad;

	if (o->beta == 0)
		return 0;
	u->trainer->reference = NULL;
	fixed_free(&u->reference, u->kernels);
	u->reference = (struct fixed_reference){0};
	bad = fixed_load(&u->reference, o->reference, u->kernels, e,
	    &u->checkpoint.config, err);
	u->account.load += clock_seconds() - start;
	return bad;
}

int
update_next(struct update *u, const struct engine *e, struct error *err)
{
	learner_free(&u->learner);
	intake_clear(&u->buffer);
	if (intake_start(&u->buffer, err) || intake_wait(&u->buffer, err))
		return -1;
	u->account.read += u->buffer.seconds;
	if (u->buffer.records == 0 && !u->buffer.ended)
		return 0;
	return load_reference(u, e, err) || begin(u, e, 0, err) ? -1 : 0;
}

void
update_free(struct update *u)
{
	learner_free(&u->learner);
	trainer_free(u->trainer);
	fixed_free(&u->reference, u->kernels);
	if (u->kernels != NULL)
		u->kernels->close(u->kernels);
	intake_free(&u->buffer);
	if (u->buffer.prompt != NULL)
		prompt_close(u->buffer.prompt);
	checkpoint_close(&u->checkpoint);
}
