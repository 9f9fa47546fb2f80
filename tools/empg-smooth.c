/* empg-smooth: rewards to advantages; trajectories become a buffer. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/endrecord.h"
#include "lib/io/tool.h"
#include "lib/rl/smooth.h"
#include "tools/meanstate.h"
#include "tools/smoother.h"

#define METHODS 16

struct settings {
	int method; /* of smooth_list */
	int scope;
	const char *baseline;
	const char *state;
	int summary;
	struct smooth_options options; /* as the command line has them */
	struct running mean;
	struct engine engine;
	size_t micro_tokens;
	struct smoother smoother;
};

/* The directory of "model:DIR", or NULL. */
static const char *
model_baseline(const char *text)
{
	static const char prefix[] = "model:";
	size_t n = sizeof(prefix) - 1;

	return text != NULL && strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* The baseline that ${text} names. */
static int
parse_baseline(const char *text, struct smooth_options *o, struct error *err)
{
	static const char *const words[] = {"mean", "none", "loo", "values"};
	char *end;
	int i;

	if (text == NULL)
		return 0;
	if (model_baseline(text) != NULL) {
		o->baseline = SMOOTH_VALUES;
		return 0;
	}
	for (i = 0; i < 4; i++)
		if (strcmp(text, words[i]) == 0) {
			o->baseline = (enum smooth_baseline)i;
			return 0;
		}
	o->baseline = SMOOTH_CONSTANT;
	o->constant = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(o->constant))
		return error_set(err, STATUS_USAGE, "--baseline: '%s' is not "
		    "mean, none, loo, values, model:DIR or a number", text);
	return 0;
}

/* Options that mean nothing to the method were given by mistake. */
static int
check_options(const struct tool *t, const struct smooth_options *o,
    struct error *err)
{
	const struct smooth_method *m = o->method;
	const int running = o->baseline == SMOOTH_RUNNING;
	const struct {
		const char *name;
		int used;
	} rows[] = {{"scope", !m->fixed}, {"baseline", !m->fixed},
	    {"temper", m->sigmoid}, {"gamma", m->gae}, {"lambda", m->gae},
	    {"whiten", smooth_by_token(o)}, {"state", running},
	    {"momentum", running}, {"drop-degenerate", m->needs_reward}};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!rows[i].used && options_given(&t->options, rows[i].name))
			return error_set(err, STATUS_USAGE, "--%s: --method "
			    "%s has no use for it", rows[i].name, m->name);
	return 0;
}

/* The method's defaults, and what was given instead. */
static int
choose(const struct tool *t, struct settings *set, struct error *err)
{
	struct smooth_options *o = &set->options, given = *o;

	*o = smooth_defaults(smooth_list((size_t)set->method));
	o->temper = given.temper;
	o->gamma = given.gamma;
	o->lambda = given.lambda;
	if (options_given(&t->options, "whiten"))
		o->whiten = given.whiten;
	if (options_given(&t->options, "scope"))
		o->scope = (enum smooth_scope)set->scope;
	if (o->baseline == SMOOTH_RUNNING)
		o->running = &set->mean;
	if (parse_baseline(set->baseline, o, err) != 0)
		return -1;
	return check_options(t, o, err);
}

static void
summarise(const struct tool *t, const struct settings *set)
{
	const struct smooth_summary *sum = &set->smoother.summary;
	const struct minibatch *b = &set->smoother.pending;
	const struct smooth_method *m = set->options.method;

	fprintf(stderr, "%s: %zu records, %zu groups, %zu mini-batches",
	    t->name, sum->records, b->groups, set->smoother.batches);
	if (m->needs_reward)
		fprintf(stderr, ", %zu degenerate groups, %zu records dropped",
		    b->degenerate, b->dropped);
	if (sum->records > 0 && m->needs_reward)
		fprintf(stderr, "; reward mean %.6g",
		    sum->reward_sum / (double)sum->records);
	if (set->options.running != NULL)
		fprintf(stderr, "; running mean %.6g of %zu records",
		    set->mean.mean, set->mean.records);
	if (sum->advantages > 0)
		fprintf(stderr, "; advantage mean %.6g, min %.6g, max %.6g",
		    sum->advantage_sum / (double)sum->advantages,
		    sum->advantage_min, sum->advantage_max);
	fputc('\n', stderr);
}

/* An iteration's end: its mean is kept before anybody hears of it. */
static int
hand_on(struct tool *t, struct settings *set, struct meanstate *state,
    json_t *end, struct error *err)
{
	uint64_t number = 0;
	int r;

	endrecord_read(end, &number);
	r = meanstate_next(state, number, &set->mean, err);
	if (r == 0)
		r = tool_write(t, end, err);
	json_decref(end);
	return r;
}

/* All buffers of the input, smoothed and written. */
static int
smooth_all(struct tool *t, struct settings *set, struct error *err)
{
	struct meanstate state = {0};
	json_t *end;
	int n = 0;

	if (set->state != NULL)
		n = meanstate_open(&state, set->state, &set->mean, err);
	while (n == 0 && (n = smoother_run(&set->smoother, t, &end, err)) == 1)
		n = hand_on(t, set, &state, end, err);
	/* Only behind the output: a run that failed can be run again. */
	if (n == 0)
		n = meanstate_commit(&state, &set->mean, err);
	meanstate_free(&state);
	return n;
}

static int
run(struct tool *t, struct settings *set, struct error *err)
{
	struct smoother *s = &set->smoother;
	const char *model = model_baseline(set->baseline);
	int n = choose(t, set, err);

	s->options = &set->options;
	if (n == 0 && model != NULL) {
		s->valuer = valuer_open(&set->engine, model, set->micro_tokens,
		    err);
		n = s->valuer != NULL ? 0 : -1;
	}
	if (n == 0)
		n = smooth_all(t, set, err);
	if (n == 0 && set->options.scope == SMOOTH_GROUP &&
	    s->pending.seen > 1 && s->pending.groups == s->pending.seen)
		tool_warn(t, "no two neighbours have the same id: "
		    "every group has one trajectory");
	if (n == 0 && set->summary)
		summarise(t, set);
	valuer_close(s->valuer);
	smoother_free(s);
	return n;
}

int
main(int argc, char **argv)
{
	static const char *const scopes[] = {"batch", "group", NULL};
	const char *methods[METHODS] = {NULL};
	struct tool t = {.name = "empg-smooth", .ends = 1};
	struct settings set = {.options = {.temper = 1, .gamma = 1,
	    .lambda = 1}, .mean = {.momentum = -1},
	    .micro_tokens = 1024};
	struct error err = {0};
	const struct option table[] = {
		{.name = "method", .letter = 'm', .type = OPTION_CHOICE,
		    .target = &set.method, .choices = methods, .arg = "METHOD",
		    .fallback = "empg",
		    .help = "how rewards become advantages"},
		{.name = "batch", .letter = 'b', .type = OPTION_SIZE,
		    .target = &set.smoother.batch, .arg = "M",
		    .fallback = "all input",
		    .help = "trajectories a mini-batch, and what its last "
		    "group has beyond"},
		{.name = "scope", .type = OPTION_CHOICE, .target = &set.scope,
		    .choices = scopes, .arg = "SCOPE",
		    .fallback = "the method's", .help = "statistics of the "
		    "mini-batch, or of each prompt's group in it"},
		{.name = "baseline", .type = OPTION_STRING,
		    .target = &set.baseline,
		    .arg = "mean|none|loo|values|model:DIR|VALUE",
		    .fallback = "the method's",
		    .help = "what is taken off the return"},
		{.name = "temper", .type = OPTION_REAL,
		    .target = &set.options.temper, .arg = "X", .min = DBL_MIN,
		    .fallback = "1", .help = "the sigmoid's slope"},
		{.name = "state", .type = OPTION_STRING, .target = &set.state,
		    .arg = "FILE", .fallback = "this run's",
		    .help = "reinforce: keep the running mean in FILE, or "
		    "DIR/NNNN/FILE, one an iteration"},
		{.name = "momentum", .type = OPTION_REAL,
		    .target = &set.mean.momentum, .arg = "B", .max = 1,
		    .fallback = "a mean of all rewards", .help = "reinforce: "
		    "the running mean keeps B of itself a mini-batch"},
		{.name = "gamma", .type = OPTION_REAL,
		    .target = &set.options.gamma, .arg = "G", .max = 1,
		    .fallback = "1", .help = "ppo: discount a token"},
		{.name = "lambda", .type = OPTION_REAL,
		    .target = &set.options.lambda, .arg = "L", .max = 1,
		    .fallback = "1", .help = "ppo: GAE's lambda"},
		{.name = "whiten", .type = OPTION_FLAG,
		    .target = &set.options.whiten, .help = "advantages of a "
		    "mini-batch's tokens get mean 0 and deviation 1 (default: "
		    "ppo only)"},
		{.name = "drop-degenerate", .type = OPTION_FLAG,
		    .target = &set.smoother.drop_degenerate,
		    .help = "drop groups whose rewards are all equal"},
		{.name = "summary", .type = OPTION_FLAG, .target = &set.summary,
		    .help = "a line of statistics on standard error"},
		{.name = "micro-tokens", .type = OPTION_SIZE,
		    .target = &set.micro_tokens, .min = 1, .max = 1e9,
		    .arg = "N", .fallback = "1024", .help = "tokens that a "
		    "model passes at once; bounds the memory"},
		ENGINE_OPTIONS(&set.engine),
		TOOL_OPTIONS(&t),
		{.name = NULL},
	};
	const struct options_tool tool = {t.name, "[options] [FILE ...]",
	    "Turn rewards into advantages (JSON lines).", table};
	const struct smooth_method *m;
	size_t i;
	int n;

	engine_wait_briefly(argv);
	for (i = 0; (m = smooth_list(i)) != NULL && i < METHODS - 1; i++)
		methods[i] = m->name;
	n = tool_start(&t, &tool, argc, argv, &err);
	if (n == 0)
		n = run(&t, &set, &err);
	return tool_finish(&t, &tool, n > 0 ? 0 : n, &err);
}
