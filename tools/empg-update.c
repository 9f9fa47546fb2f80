/* empg-update: the M-step; a buffer and a checkpoint in, a checkpoint out. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/io/atomicdir.h"
#include "lib/io/tool.h"
#include "tools/forecast.h"
#include "tools/lineage.h"
#include "tools/update.h"

/* Steps in a row that may be skipped as not finite. */
#define SKIPS 2

struct settings {
	const char *output, *gradients;
	int save_optimizer, stats;
	size_t plan; /* bytes of a device; 0: train */
	struct update_options update;
};

struct run {
	struct settings *set;
	struct tool *tool;
	struct update update;
};

static int
write_metrics(struct run *r, struct metrics *m, double start,
    struct error *err)
{
	json_t *j;
	int w;

	m->seconds = clock_seconds() - start;
	r->update.account.steps += m->seconds;
	r->update.account.tokens += m->trained_tokens;
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

	if (learner_gradient(&r->update.learner, i, &m))
		return tool_interrupted(err);
	learner_step(&r->update.learner, step, steps, &m);
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
		    "were not finite; %s is as it was", *skips,
		    r->set->update.model);
	return 0;
}

static int
train(struct run *r, struct error *err)
{
	struct learner *l = &r->update.learner;
	size_t per_epoch = learner_steps(l);
	uint64_t steps = per_epoch * l->options->epochs, step = 0;
	int skips = 0;

	progress_free(r->tool->bar);
	r->tool->bar = progress_new(r->tool->name, "steps", (size_t)steps,
	    r->tool->progress, r->tool->quiet);
	for (size_t epoch = 0; epoch < l->options->epochs; epoch++) {
		learner_order(l, epoch);
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
	struct update *u = &r->update;
	struct lineage l = {u->options->model, u->options->init,
	    u->checkpoint.state, u->trainer->step, u->buffer.count,
	    r->tool->options.operands, r->tool->options.count,
	    &u->options->learner};
	json_t *state = lineage_state(&l, err);
	double start = clock_seconds();
	int w;

	if (state == NULL)
		return -1;
	w = checkpoint_write(r->set->output, &u->checkpoint, u->trainer, state,
	    r->set->save_optimizer, err);
	json_decref(state);
	u->account.write = clock_seconds() - start;
	return w;
}

static int
write_gradients(struct run *r, struct error *err)
{
	double start = clock_seconds();
	struct metrics m;

	learner_order(&r->update.learner, 0);
	if (learner_gradient(&r->update.learner, 0, &m))
		return tool_interrupted(err);
	m.step = r->update.trainer->step + 1;
	if (checkpoint_write_gradient(r->set->gradients, r->update.trainer,
	    err))
		return -1;
	return write_metrics(r, &m, start, err);
}

static int
check_settings(const struct settings *s, struct error *err)
{
	struct atomicdir *probe;

	if (loss_check(&s->update.learner.loss, err))
		return -1;
	if (s->update.model == NULL)
		return error_set(err, STATUS_USAGE, "-m DIR is required");
	if (s->plan > 0)
		return 0;
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

	if (check_settings(set, err))
		return -1;
	if (set->plan > 0)
		return forecast_print(stdout, &set->update, e, set->plan, err);
	if (update_open(&r->update, e, set->gradients != NULL, err))
		return -1;
	if (set->gradients != NULL ? write_gradients(r, err) :
	    train(r, err) || write_checkpoint(r, err))
		return -1;
	if (set->stats && account_print(&r->update.account, stderr, err))
		return -1;
	return tool_commit(r->tool, err);
}

int
main(int argc, char **argv)
{
	struct settings s = {.save_optimizer = 1,
	    .update.learner = LEARNER_DEFAULTS};
	struct update_options *o = &s.update;
	struct engine e = {0};
	struct prompt p = {0};
	struct tool t = {.name = "empg-update"};
	struct run r = {.set = &s, .tool = &t, .update = {.options = o,
	    .buffer = {.tool = &t, .prompt = &p}}};
	struct error err = {0};
	const struct option table[] = {
		{"model", 'm', OPTION_STRING, &o->model, .arg = "DIR",
		    .help = "checkpoint to begin from (required)"},
		{"output", 'o', OPTION_STRING, &s.output, .arg = "DIR",
		    .help = "checkpoint to write; it must not exist"},
		LEARNER_OPTIONS(&o->learner),
		{"gradients", 0, OPTION_STRING, &s.gradients, .arg = "FILE",
		    .help = "write the first mini-batch's gradient and stop"},
		{"recompute", 0, OPTION_FLAG, &o->recompute,
		    .help = "keep a layer's input only; less memory, slower"},
		{"init", 0, OPTION_FLAG, &o->init, .help = "begin from random "
		    "weights by --seed: -m needs config.json and tokenizer"},
		{"save-optimizer", 0, OPTION_FLAG, &s.save_optimizer,
		    .fallback = "on", .help = "write optimizer.safetensors"},
		{"reset-optimizer", 0, OPTION_FLAG, &o->reset_optimizer,
		    .help = "ignore -m's masters and moments"},
		{"plan", 0, OPTION_SIZE, &s.plan, 1, 1e15, .bytes = 1,
		    .arg = "BYTES", .help = "print what memory is needed, "
		    "beside a device's of so many bytes, and stop"},
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
	if (result == 0)
		result = run(&r, &e, &err);
	update_free(&r.update);
	return tool_finish(&t, &tool, result, &err);
}
