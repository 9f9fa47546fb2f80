/* empg-update: the M-step; a buffer and a checkpoint in, a checkpoint out. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/io/atomicdir.h"
#include "lib/io/tool.h"
#include "lib/model/checkpoint.h"
#include "tools/account.h"
#include "tools/engine.h"
#include "tools/intake.h"
#include "tools/learner.h"
#include "tools/lineage.h"
#include "tools/prompt.h"

/* Steps in a row that may be skipped as not finite. */
#define SKIPS 2

struct settings {
	const char *model, *output, *gradients;
	int recompute, init, save_optimizer, reset_optimizer, stats;
	struct learner_options learner;
};

struct run {
	struct settings *set;
	struct tool *tool;
	struct checkpoint checkpoint;
	struct intake buffer;
	struct kernels *kernels;
	struct trainer *trainer;
	struct fixed_reference reference;
	struct learner learner;
	struct account account;
};

static int
load_weights(struct run *r, struct error *err)
{
	struct checkpoint *c = &r->checkpoint;

	if (r->set->init)
		return trainer_init(r->trainer, r->set->learner.seed, err);
	if (c->optimizer == NULL || r->set->reset_optimizer)
		return trainer_load(r->trainer, c->weights, err);
	if (trainer_load_state(r->trainer, c->optimizer, (uint64_t)
	    json_integer_value(json_object_get(c->state, "step")), err))
		return error_prefix(err, "%s/optimizer.safetensors: ", c->dir);
	return 0;
}

static int
open_trainer(struct run *r, const struct engine *e, struct error *err)
{
	const struct config *c = &r->checkpoint.config;
	double start = clock_seconds();

	r->trainer = trainer_new(r->kernels, c, engine_type(e, c), err);
	r->account.trainer = r->trainer;
	if (r->trainer == NULL || load_weights(r, err))
		return -1;
	checkpoint_release(&r->checkpoint);
	r->account.load += clock_seconds() - start;
	return 0;
}

/* What is loaded first: a reference before the policy, never beside it. */
static int
open_first(struct run *r, const struct engine *e, struct error *err)
{
	const struct loss_options *o = &r->set->learner.loss;
	double start = clock_seconds();
	int bad;

	r->kernels = engine_open(e, err);
	if (r->kernels == NULL)
		return -1;
	if (o->beta == 0)
		return open_trainer(r, e, err);
	bad = fixed_load(&r->reference, o->reference, r->kernels, e,
	    &r->checkpoint.config, err);
	r->account.load = clock_seconds() - start;
	return bad;
}

/* The reference speaks, and makes room for the policy. */
static int
use_reference(struct run *r, const struct engine *e, struct error *err)
{
	const struct fixed passed = learner_passed(&r->learner);
	int full = r->set->learner.loss.kl == PENALTY_FULL;
	double start = clock_seconds();

	if (fixed_pass(&r->reference, &passed, r->buffer.prompt, full, err))
		return -1;
	r->account.prepare = clock_seconds() - start;
	if (open_trainer(r, e, err))
		return -1;
	if (full)
		r->trainer->reference = &r->reference.head;
	return 0;
}

/* A model is loaded while the buffer is read, whose errors come first. */
static int
open_both(struct run *r, const struct engine *e, struct error *err)
{
	struct error loading = {0};
	int bad;

	if (intake_start(&r->buffer, err))
		return -1;
	bad = open_first(r, e, &loading);
	if (intake_wait(&r->buffer, err))
		return -1;
	if (bad) {
		*err = loading;
		return -1;
	}
	r->account.read = r->buffer.seconds;
	return 0;
}

static int
begin(struct run *r, const struct engine *e, struct error *err)
{
	const struct settings *set = r->set;
	double start;

	if (learner_new(&r->learner, &set->learner, r->buffer.list,
	    r->buffer.count, err) ||
	    (r->trainer == NULL && use_reference(r, e, err)))
		return -1;
	start = clock_seconds();
	if (learner_begin(&r->learner, r->trainer, set->recompute ?
	    WORKSPACE_RECOMPUTE : WORKSPACE_TRAIN, set->gradients != NULL, err))
		return -1;
	r->account.prepare += clock_seconds() - start;
	return 0;
}

static int
write_metrics(struct run *r, struct metrics *m, double start,
    struct error *err)
{
	json_t *j;
	int w;

	m->seconds = clock_seconds() - start;
	r->account.steps += m->seconds;
	r->account.tokens += m->trained_tokens;
	j = metrics_record(m, err);
	if (j == NULL)
		return -1;
	w = tool_write(r->tool, j, err);
	json_decref(j);
	return w;
}

static int
one_step(struct run *r, size_t i, uint64_t step, uint64_t steps, int *skips,
    struct error *err)
{
	double start = clock_seconds();
	struct metrics m;

	if (learner_gradient(&r->learner, i, &m))
		return tool_interrupted(err);
	learner_step(&r->learner, step, steps, &m);
	if (write_metrics(r, &m, start, err))
		return -1;
	if (!m.skipped) {
		*skips = 0;
		return 0;
	}
	tool_warn(r->tool, "step %llu: loss or gradient is not finite, the "
	    "step is skipped", (unsigned long long)m.step);
	if (++*skips > SKIPS)
		return error_set(err, STATUS_INTERNAL, "%d steps in a row "
		    "were not finite; %s is as it was", *skips, r->set->model);
	return 0;
}

static int
train(struct run *r, struct error *err)
{
	size_t per_epoch = learner_steps(&r->learner);
	uint64_t steps = per_epoch * r->set->learner.epochs, step = 0;
	int skips = 0;

	progress_free(r->tool->bar);
	r->tool->bar = progress_new(r->tool->name, "steps", (size_t)steps,
	    r->tool->progress, r->tool->quiet);
	for (size_t epoch = 0; epoch < r->set->learner.epochs; epoch++) {
		learner_order(&r->learner, epoch);
		for (size_t i = 0; i < per_epoch; i++, step++) {
			if (one_step(r, i, step, steps, &skips, err))
				return -1;
			progress_update(r->tool->bar, (size_t)step + 1, NULL);
			if (tool_interrupted(err))
				return -1;
		}
	}
	if (steps == 0)
		tool_warn(r->tool, "the buffer is empty: the weights stay");
	return 0;
}

static int
write_checkpoint(struct run *r, struct error *err)
{
	const struct settings *set = r->set;
	struct lineage l = {set->model, set->init, r->checkpoint.state,
	    r->trainer->step, r->buffer.count, r->tool->options.operands,
	    r->tool->options.count, &set->learner};
	json_t *state = lineage_state(&l, err);
	double start = clock_seconds();
	int w;

	if (state == NULL)
		return -1;
	w = checkpoint_write(r->set->output, &r->checkpoint, r->trainer, state,
	    r->set->save_optimizer, err);
	json_decref(state);
	r->account.write = clock_seconds() - start;
	return w;
}

static int
write_gradients(struct run *r, struct error *err)
{
	double start = clock_seconds();
	struct metrics m;

	learner_order(&r->learner, 0);
	if (learner_gradient(&r->learner, 0, &m))
		return tool_interrupted(err);
	m.step = r->trainer->step + 1;
	if (checkpoint_write_gradient(r->set->gradients, r->trainer, err))
		return -1;
	return write_metrics(r, &m, start, err);
}

static int
check_settings(const struct settings *s, struct error *err)
{
	struct atomicdir *probe;

	if (loss_check(&s->learner.loss, err))
		return -1;
	if (s->model == NULL)
		return error_set(err, STATUS_USAGE, "-m DIR is required");
	if ((s->output == NULL) == (s->gradients == NULL))
		return error_set(err, STATUS_USAGE,
		    "one of -o DIR and --gradients FILE is required");
	if (s->output == NULL)
		return 0;
	/* What can't be written is to fail before the work, not behind it. */
	probe = atomicdir_create(s->output, err);
	atomicdir_abandon(probe);
	return probe != NULL ? 0 : -1;
}

static int
run(struct run *r, const struct engine *e, struct error *err)
{
	const struct settings *set = r->set;

	if (check_settings(set, err) ||
	    checkpoint_open(&r->checkpoint, set->model, !set->init,
	    !set->init, err) ||
	    open_both(r, e, err) || begin(r, e, err))
		return -1;
	if (set->gradients != NULL ? write_gradients(r, err) :
	    train(r, err) || write_checkpoint(r, err))
		return -1;
	if (set->stats && account_print(&r->account, stderr, err))
		return -1;
	return tool_commit(r->tool, err);
}

static void
run_free(struct run *r)
{
	learner_free(&r->learner);
	trainer_free(r->trainer);
	fixed_free(&r->reference, r->kernels);
	if (r->kernels != NULL)
		r->kernels->close(r->kernels);
	intake_free(&r->buffer);
	prompt_close(r->buffer.prompt);
	checkpoint_close(&r->checkpoint);
}

int
main(int argc, char **argv)
{
	struct settings s = {.save_optimizer = 1,
	    .learner = LEARNER_DEFAULTS};
	struct engine e = {0};
	struct prompt p = {0};
	struct tool t = {.name = "empg-update"};
	struct run r = {.set = &s, .tool = &t, .buffer = {.tool = &t,
	    .prompt = &p, .config = &r.checkpoint.config}};
	struct error err = {0};
	const struct option table[] = {
		{"model", 'm', OPTION_STRING, &s.model, .arg = "DIR",
		    .help = "checkpoint to begin from (required)"},
		{"output", 'o', OPTION_STRING, &s.output, .arg = "DIR",
		    .help = "checkpoint to write; it must not exist"},
		LEARNER_OPTIONS(&s.learner),
		{"gradients", 0, OPTION_STRING, &s.gradients, .arg = "FILE",
		    .help = "write the first mini-batch's gradient and stop"},
		{"recompute", 0, OPTION_FLAG, &s.recompute,
		    .help = "keep a layer's input only; less memory, slower"},
		{"init", 0, OPTION_FLAG, &s.init, .help = "begin from random "
		    "weights by --seed: -m needs config.json and tokenizer"},
		{"save-optimizer", 0, OPTION_FLAG, &s.save_optimizer,
		    .fallback = "on", .help = "write optimizer.safetensors"},
		{"reset-optimizer", 0, OPTION_FLAG, &s.reset_optimizer,
		    .help = "ignore -m's masters and moments"},
		{"stats", 0, OPTION_FLAG, &s.stats, .help = "a line of JSON "
		    "on standard error: what the update cost"},
		PROMPT_OPTIONS(&p),
		ENGINE_OPTIONS(&e),
		TOOL_OPTIONS_INPUT(&t),
		TOOL_OPTIONS_TERMINAL(&t),
		{0},
	};
	struct options_tool tool = {t.name,
	    "-m DIR -o DIR [options] [FILE ...]",
	    "one step of EM policy gradient on a checkpoint", table};
	int result;

	engine_wait_briefly(argv);
	result = tool_start(&t, &tool, argc, argv, &err);

	r.buffer.model = s.model;
	r.buffer.sampler = loss_reads_sampler(&s.learner.loss);
	if (result == 0)
		result = run(&r, &e, &err);
	run_free(&r);
	return tool_finish(&t, &tool, result, &err);
}
