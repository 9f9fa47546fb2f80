/* empg-sample: draw trajectories from a model; prompts in, trajectories out. */
#include "lib/io/endrecord.h"
#include "lib/io/tool.h"
#include "tools/draws.h"
#include "tools/engine.h"
#include "tools/follow.h"
#include "tools/prompt.h"

struct run {
	struct tool *tool;
	struct draws draws;
	struct follow follow;
};

static int
write_end(struct run *r, struct error *err)
{
	json_t *end = endrecord_new(r->draws.set->iteration);
	int result = end == NULL ? error_set(err, STATUS_TEMPFAIL,
	    "no memory") : tool_write(r->tool, end, err);

	json_decref(end);
	return result;
}

/* Iteration after iteration, as their checkpoints appear; 0 at the end. */
static int
follow(struct run *r, const struct engine *e, struct error *err)
{
	struct draws_settings *set = r->draws.set;
	struct follow *f = &r->follow;
	int n;

	while (f->until == 0 || set->iteration < f->until) {
		if (draws_run(&r->draws, e, err) || write_end(r, err))
			return -1;
		if (++set->iteration == f->until)
			break;
		n = follow_wait(f, r->tool, set->iteration, err);
		if (n <= 0)
			return n;
		set->model = f->model;
	}
	return 0;
}

static int
check_settings(const struct run *r, struct error *err)
{
	static const char *const others[] = {"model", "iteration", "output"};
	const struct options_result *given = &r->tool->options;
	const struct draws_settings *set = r->draws.set;

	for (size_t i = 0; i < set->stops.count; i++)
		if (set->stops.values[i][0] == '\0')
			return error_set(err, STATUS_USAGE,
			    "--stop: expected a string that is not empty");
	if (r->follow.dir == NULL && options_given(given, "until"))
		return error_set(err, STATUS_USAGE, "--until: only with "
		    "--follow");
	if (r->follow.dir == NULL)
		return set->model != NULL ? 0 : error_set(err, STATUS_USAGE,
		    "-m DIR or --follow DIR is required");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (options_given(given, others[i]))
			return error_set(err, STATUS_USAGE, "--%s: not with "
			    "--follow", others[i]);
	return 0;
}

static int
run(struct run *r, const struct engine *e, struct error *err)
{
	struct draws_settings *set = r->draws.set;
	struct draws *d = &r->draws;

	if (check_settings(r, err))
		return -1;
	if (r->follow.dir != NULL) {
		if (follow_begin(&r->follow, &set->iteration, err))
			return -1;
		set->model = r->follow.model;
	}
	if (prompt_open(d->prompt, set->model, err) ||
	    prompts_read(&d->prompts, r->tool, err))
		return -1;
	if (r->follow.dir != NULL ? follow(r, e, err) : draws_run(d, e, err))
		return -1;
	return tool_commit(r->tool, err);
}

int
main(int argc, char **argv)
{
	static const char *const sides[] = {"none", "left", NULL};
	struct draws_settings s = {.samples = 8, .max_prompt = 512,
	    .max_response = 1024, .slots = 64, .shard = {0, 1},
	    .temperature = 1, .top_p = 1};
	struct engine e = {0};
	struct prompt p = {0};
	struct tool t = {.name = "empg-sample"};
	struct run r = {.tool = &t, .draws = {.set = &s, .tool = &t,
	    .prompt = &p}};
	struct error err = {0};
	const struct option table[] = {
		{"model", 'm', OPTION_STRING, &s.model, .arg = "DIR",
		    .help = "checkpoint directory"},
		FOLLOW_OPTIONS(&r.follow),
		{"samples", 'n', OPTION_SIZE, &s.samples, 1, 1 << 20,
		    .arg = "N", .fallback = "8",
		    .help = "trajectories a prompt"},
		{"temperature", 't', OPTION_REAL, &s.temperature, 1e-4, 100,
		    .arg = "T", .fallback = "1.0",
		    .help = "sampling temperature"},
		{"top-p", 0, OPTION_REAL, &s.top_p, 1e-6, 1, .arg = "P",
		    .fallback = "1", .help = "smallest set of tokens with "
		    "probability P"},
		{"top-k", 0, OPTION_SIZE, &s.top_k, 0, 1 << 30, .arg = "K",
		    .fallback = "0, off", .help = "K most probable tokens"},
		{"min-p", 0, OPTION_REAL, &s.min_p, 0, 1, .arg = "P",
		    .fallback = "0, off", .help = "tokens with P times the "
		    "largest probability or more"},
		{"greedy", 0, OPTION_FLAG, &s.greedy,
		    .help = "take the most probable token"},
		{"max-prompt", 0, OPTION_SIZE, &s.max_prompt, 1, 1 << 24,
		    .arg = "TOKENS", .fallback = "512",
		    .help = "longer prompts are skipped"},
		{"max-response", 0, OPTION_SIZE, &s.max_response, 1, 1 << 24,
		    .arg = "TOKENS", .fallback = "1024",
		    .help = "a response ends there with finish \"length\""},
		{"truncate", 0, OPTION_CHOICE, &s.truncate, .choices = sides,
		    .arg = "SIDE", .fallback = "none",
		    .help = "left: keep the end of longer prompts"},
		{"stop", 0, OPTION_LIST, &s.stops, .arg = "STR",
		    .help = "end a response behind STR (repeatable)"},
		PROMPT_OPTIONS(&p),
		{"seed", 0, OPTION_U64, &s.seed, .arg = "S", .fallback = "0",
		    .help = "of random numbers and of the prompts' order"},
		{"prompts", 0, OPTION_SIZE, &s.prompts, 0, 1 << 30,
		    .arg = "P", .fallback = "all, in order",
		    .help = "take a batch of P prompts of shuffled epochs"},
		{"iteration", 0, OPTION_U64, &s.iteration, .arg = "T",
		    .fallback = "0", .help = "which batch, 0 the first"},
		{"shard", 0, OPTION_SHARD, s.shard, .arg = "I/K",
		    .fallback = "0/1",
		    .help = "the I-th of K consecutive parts"},
		{"slots", 0, OPTION_SIZE, &s.slots, 1, 1 << 16, .arg = "B",
		    .fallback = "64", .help = "concurrent sequences"},
		{"kv-memory", 0, OPTION_SIZE, &s.kv_memory, .bytes = 1,
		    .arg = "BYTES",
		    .fallback = "what all slots need, at most half of "
		    "what is free",
		    .help = "bound of the key-value cache (K, M, G)"},
		ENGINE_OPTIONS(&e),
		{"stats", 0, OPTION_FLAG, &s.stats,
		    .help = "a line of statistics on standard error"},
		TOOL_OPTIONS(&t),
		{0},
	};
	struct options_tool tool = {t.name, "-m DIR [options] [FILE ...]",
	    "Draw trajectories from a model (JSON lines).", table};
	int result;

	engine_wait_briefly(argv);
	result = tool_start(&t, &tool, argc, argv, &err);

	if (result == 0)
		result = run(&r, &e, &err);
	draws_free(&r.draws);
	follow_end(&r.follow);
	return tool_finish(&t, &tool, result, &err);
}
