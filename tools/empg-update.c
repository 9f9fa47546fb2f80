/* empg-update: the M-step; a buffer and a checkpoint in, a checkpoint out. */
#include <stdlib.h>

#include "lib/io/atomicdir.h"
#include "lib/io/tool.h"
#include "tools/forecast.h"
#include "tools/publish.h"
#include "tools/training.h"
#include "tools/update.h"

struct settings {
	const char *output, *gradients, *publish;
	int save_optimizer, stats;
	size_t plan; /* bytes of a device; 0: train */
	struct update_options update;
};

struct run {
	struct settings *set;
	struct tool *tool;
	struct update update;
};

/* What makes no sense where one checkpoint follows another. */
static int
check_publish(const struct tool *t, const struct settings *s,
    struct error *err)
{
	static const char *const others[] = {"model", "output", "gradients",
	    "init", "reset-optimizer", "plan", "max-records"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (options_given(&t->options, others[i]))
			return error_set(err, STATUS_USAGE, "--%s: not with "
			    "--publish", others[i]);
	if (!s->save_optimizer)
		return error_set(err, STATUS_USAGE, "--no-save-optimizer: not "
		    "with --publish, which goes on from the moments");
	if (loss_of_values(&s->update.learner.loss))
		return error_set(err, STATUS_USAGE, "--objective value: not "
		    "with --publish, whose critic nobody would follow");
	return 0;
}

static int
check_settings(const struct tool *t, const struct settings *s,
    struct error *err)
{
	struct atomicdir *probe;

	if (loss_check(&s->update.learner.loss, err))
		return -1;
	if (s->publish != NULL)
		return check_publish(t, s, err);
	if (s->update.model == NULL)
		return error_set(err, STATUS_USAGE, "-m DIR is required");
	if (s->plan > 0)
		return 0;
	if ((s->output == NULL) == (s->gradients == NULL))
		return error_set(err, STATUS_USAGE,
		    "one of -o DIR, --gradients FILE and --publish DIR is "
		    "required");
	if (s->output == NULL)
		return 0;
	/* What can't be written is to fail before the work, not behind it. */
	probe = atomicdir_create(s->output, err);
	atomicdir_abandon(probe);
	return probe != NULL ? 0 : -1;
}

/* One checkpoint of one buffer. */
static int
train(struct run *r, struct training *training, struct error *err)
{
	const struct options_result *o = &r->tool->options;
	json_t *state;

	if (training_run(training, err))
		return -1;
	state = training_save(training, r->set->output, o->operands, o->count,
	    r->set->save_optimizer, err);
	json_decref(state);
	return state != NULL ? 0 : -1;
}

static int
run(struct run *r, const struct engine *e, struct error *err)
{
	struct settings *set = r->set;
	struct training training = {.tool = r->tool, .update = &r->update};
	int bad;

	if (check_settings(r->tool, set, err))
		return -1;
	if (set->plan > 0)
		return forecast_print(stdout, &set->update, e, set->plan, err);
	if (set->publish != NULL)
		bad = publish_run(&training, set->publish, &set->update, e,
		    err);
	else
		bad = update_open(&r->update, e, set->gradients != NULL,
		    err) || (set->gradients != NULL ?
		    training_gradient(&training, set->gradients, err) :
		    train(r, &training, err));
	if (bad)
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
		    .help = "checkpoint to begin from"},
		{"output", 'o', OPTION_STRING, &s.output, .arg = "DIR",
		    .help = "checkpoint to write; it must not exist"},
		{"publish", 0, OPTION_STRING, &s.publish, .arg = "DIR",
		    .help = "in place of -m and -o: a checkpoint of the run "
		    "for each buffer"},
		LEARNER_OPTIONS(&o->learner),
		{"gradients", 0, OPTION_STRING, &s.gradients, .arg = "FILE",
		    .help = "write the first mini-batch's gradient and stop"},
		{"recompute", 0, OPTION_FLAG, &o->recompute,
		    .help = "keep a layer's input only; less memory, slower"},
		{"offload", 0, OPTION_FLAG, &o->offload, .help = "masters and "
		    "moments in the host's memory; the same bits"},
		{"offload-gradient", 0, OPTION_FLAG, &o->offload_gradient,
		    .help = "--offload, and the gradient there too"},
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
	    "Learn from a buffer: a checkpoint becomes the next one.", table};
	int result;

	engine_wait_briefly(argv);
	result = tool_start(&t, &tool, argc, argv, &err);
	t.ends = s.publish != NULL;
	if (result == 0)
		result = run(&r, &e, &err);
	update_free(&r.update);
	return tool_finish(&t, &tool, result, &err);
}
