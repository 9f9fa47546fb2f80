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

static const char *const objectives[] = {"empg", NULL};

struct settings {
	const char *model, *output, *gradients;
	int objective, recompute, init, save_optimizer, reset_optimizer, stats;
	struct learner_options learner;
};

struct run {
	struct settings *set;
	struct tool *tool;
	struct checkpoint checkpoint;
	struct intake buffer;
	struct kernels *kernels;
	struct trainer *trainer;
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

	r->kernels = engine_open(e, err);
	if (r->kernels == NULL)
		return -1;
	r->trainer = trainer_new(r->kernels, c, engine_type(e, c), err);
	r->account.trainer = r->trainer;
	if (r->trainer == NULL || load_weights(r, err))
		return -1;
	checkpoint_release(&r->checkpoint);
	r->account.load = clock_seconds() - start;
	return 0;
}

/* The model is loaded while the buffer is read, whose errors come first. */
static int
open_both(struct run *r, const struct engine *e, struct error *err)
{
	struct error loading = {0};
	int bad;

	if (intake_start(&r->buffer, err))
		return -1;
	bad = open_trainer(r, e, &loading);
	if (intake_wait(&r->buffer, err))
		return -1;
	if (bad) {
		*err = loading;
		return -1;
	}
	r->account.read = r->buffer.seconds;
	return learner_new(&r->learner, &r->set->learner, r->trainer,
	    r->set->recompute ? WORKSPACE_RECOMPUTE : WORKSPACE_TRAIN,
	    r->buffer.list, r->buffer.count, err);
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
	    r->tool->options.count, objectives[set->objective],
	    &set->learner};
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
	    open_both(r, e, err))
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
	if (r->kernels != NULL)
		r->kernels->close(r->kernels);
	intake_free(&r->buffer);
	prompt_close(r->buffer.prompt);
	checkpoint_close(&r->checkpoint);
}

int
main(int argc, char **argv)
{
	struct settings s = {.save_optimizer = 1, .learner = {
	    .max_response = 1024, .lr = 1e-6, .betas = {0.9, 0.999},
	    .eps = 1e-8, .weight_decay = 0.01, .grad_clip = 1, .batch = 256,
	    .epochs = 1, .micro_tokens = 1024}};
	struct learner_options *l = &s.learner;
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
		{"objective", 0, OPTION_CHOICE, &s.objective,
		    .choices = objectives, .arg = "NAME", .fallback = "empg",
		    .help = "the loss"},
		{"lr", 0, OPTION_REAL, &l->lr, 0, 1e3, .arg = "RATE",
		    .fallback = "1e-6", .help = "learning rate"},
		{"schedule", 0, OPTION_CHOICE, &l->schedule,
		    .choices = learner_schedules, .arg = "NAME",
		    .fallback = "constant", .help = "of the learning rate"},
		{"warmup", 0, OPTION_SIZE, &l->warmup, .arg = "STEPS",
		    .fallback = "0", .help = "linear warm-up"},
		{"total-steps", 0, OPTION_SIZE, &l->total_steps,
		    .arg = "STEPS", .fallback = "this run's",
		    .help = "the schedule's length over several runs"},
		{"batch", 0, OPTION_SIZE, &l->batch, 1, 1e9, .arg = "M",
		    .fallback = "256",
		    .help = "trajectories an optimiser step"},
		{"epochs", 0, OPTION_SIZE, &l->epochs, 0, 1e6, .arg = "E",
		    .fallback = "1", .help = "passes over the buffer"},
		{"shuffle", 0, OPTION_FLAG, &l->shuffle,
		    .help = "mini-batches in an order given by --seed"},
		{"micro-tokens", 0, OPTION_SIZE, &l->micro_tokens, 1, 1e9,
		    .arg = "N", .fallback = "1024",
		    .help = "tokens passed at once; bounds the memory"},
		{"loss-norm", 0, OPTION_CHOICE, &l->loss_norm,
		    .choices = learner_norms, .arg = "NAME",
		    .fallback = "token",
		    .help = "what the sum over tokens is divided by"},
		{"max-response", 0, OPTION_SIZE, &l->max_response, 1, 1e9,
		    .arg = "TOKENS", .fallback = "1024",
		    .help = "divisor of --loss-norm constant"},
		{"betas", 0, OPTION_PAIR, l->betas, 0, 0.9999999,
		    .arg = "B1,B2", .fallback = "0.9,0.999", .help = "AdamW"},
		{"eps", 0, OPTION_REAL, &l->eps, 1e-30, 1, .arg = "EPS",
		    .fallback = "1e-8", .help = "AdamW"},
		{"weight-decay", 0, OPTION_REAL, &l->weight_decay, 0, 1e3,
		    .arg = "W", .fallback = "0.01",
		    .help = "AdamW, on 2-D weights"},
		{"grad-clip", 0, OPTION_REAL, &l->grad_clip, 0, 1e9,
		    .arg = "NORM", .fallback = "1.0",
		    .help = "clip the gradient's norm; 0: don't"},
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
		{"seed", 0, OPTION_U64, &l->seed, .arg = "S",
		    .fallback = "0", .help = "of --shuffle and --init"},
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
	if (result == 0)
		result = run(&r, &e, &err);
	run_free(&r);
	return tool_finish(&t, &tool, result, &err);
}
