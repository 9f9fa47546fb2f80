/* empg-sample: draw trajectories from a model; prompts in, trajectories out. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/io/tool.h"
#include "lib/model/checkpoint.h"
#include "lib/model/sampler.h"
#include "tools/engine.h"
#include "tools/prompt.h"
#include "tools/prompts.h"
#include "tools/rollout.h"
#include "tools/selection.h"
#include "tools/throughput.h"
#include "tools/writer.h"

/* What the command line says. */
struct settings {
	const char *model;
	size_t samples, max_prompt, max_response, slots, kv_memory;
	size_t prompts, shard[2], top_k;
	double temperature, top_p, min_p;
	int greedy, truncate, stats;
	uint64_t seed, iteration;
	struct option_list stops;
};

/* A run: prompts from first to last, responses from any to in order. */
struct run {
	struct settings *set;
	struct tool *tool;
	struct prompt *prompt;
	struct rollout_common common;
	struct prompts prompts;    /* all that were read */
	size_t *selection;         /* of these, in order */
	size_t selected;
	struct rollout **rollouts; /* (selected); NULL: skipped, handed on */
	struct writer *writer;
	size_t next;               /* to be sampled */
	size_t written;            /* handed on */
	size_t skipped;            /* prompts that are too long */
	size_t cut;                /* prompts truncated */
	size_t positions;          /* the model's */
	size_t vocab;
};

/* Hand on finished prompts from the first unwritten one on. */
static int
write_ready(struct run *r, struct error *err)
{
	for (; r->written < r->next; r->written++) {
		struct rollout *o = r->rollouts[r->written];

		if (o == NULL)
			continue;
		if (o->done < o->samples)
			return 0;
		r->rollouts[r->written] = NULL;
		if (writer_put(r->writer, o, err))
			return -1;
	}
	return 0;
}

/* Too long: skip (0), or keep the end of it (1). */
static int
fit(struct run *r, struct ids *tokens)
{
	size_t max = r->set->max_prompt;

	if (tokens->length <= max)
		return 1;
	if (!r->set->truncate) {
		r->skipped++;
		return 0;
	}
	r->cut++;
	memmove(tokens->data, tokens->data + tokens->length - max,
	    max * sizeof(*tokens->data));
	tokens->length = max;
	return 1;
}

/* The same prompt in another iteration draws other numbers. */
static uint64_t
key_of(const struct run *r, size_t prompt)
{
	uint64_t key = prompt_key(prompts_id(&r->prompts, prompt));

	return key ^ (r->set->iteration * 0x9E3779B97F4A7C15);
}

static int
next_prompt(void *context, struct sampler_prompt *p, struct error *err)
{
	struct run *r = context;

	while (r->next < r->selected) {
		size_t i = r->selection[r->next];
		const struct prompt_record *at = &r->prompts.list[i];
		struct ids tokens = {0};
		struct rollout *o;

		if (prompt_encode(r->prompt, at->record, &tokens, err) ||
		    prompt_check(&tokens, r->vocab, err)) {
			ids_free(&tokens);
			if (tool_bad_at(r->tool, at->file, at->line, err))
				return -1;
			r->next++;
			continue;
		}
		if (tokens.length == 0 || !fit(r, &tokens)) {
			r->skipped += tokens.length == 0;
			ids_free(&tokens);
			r->next++;
			continue;
		}
		o = rollout_new(at->record, &tokens, r->set->samples);
		if (o == NULL) {
			ids_free(&tokens);
			return error_set(err, STATUS_TEMPFAIL, "no memory");
		}
		r->rollouts[r->next++] = o;
		*p = (struct sampler_prompt){o->tokens.data, o->tokens.length,
		    o->samples, key_of(r, i), r->set->max_response, o};
		return 1;
	}
	return 0;
}

static int
token_drawn(void *context, const struct sampler_prompt *p, size_t sample,
    int32_t token)
{
	struct run *r = context;

	return rollout_stops(p->user, &r->common, sample, token);
}

static int
response_done(void *context, const struct sampler_prompt *p,
    const struct sampler_response *response, struct error *err)
{
	struct run *r = context;

	if (rollout_keep(p->user, response, err))
		return -1;
	return write_ready(r, err);
}

static int
pass_done(void *context, const struct sampler_stats *stats, struct error *err)
{
	struct run *r = context;
	char note[64];

	snprintf(note, sizeof(note), "%zu tokens", stats->response_tokens);
	progress_update(r->tool->bar, r->written, note);
	return tool_interrupted(err) || writer_check(r->writer, err) ? -1 : 0;
}

static void
report(const struct run *r)
{
	if (r->skipped > 0)
		tool_warn(r->tool, "%zu prompts skipped: empty, or longer "
		    "than --max-prompt %zu tokens", r->skipped,
		    r->set->max_prompt);
	if (r->cut > 0)
		tool_warn(r->tool, "%zu prompts truncated to %zu tokens",
		    r->cut, r->set->max_prompt);
}

static int
sample(struct run *r, struct model *m, struct error *err)
{
	struct settings *set = r->set;
	struct sampler_options o = {
		.sampling = {(float)set->temperature, set->top_k,
		    (float)set->top_p, (float)set->min_p, set->greedy},
		.seed = set->seed, .slots = set->slots,
		.max_prompt = set->max_prompt,
		.max_response = set->max_response,
		.kv_bytes = set->kv_memory};
	struct sampler_calls calls = {r, next_prompt, token_drawn,
	    response_done, pass_done};
	struct sampler_stats stats;
	double start = clock_seconds();
	int result;

	if (set->stops.count == 0)
		calls.token = NULL;
	r->writer = writer_new(r->tool, &r->common, err);
	if (r->writer == NULL)
		return -1;
	result = sampler_run(m, &o, &calls, &stats, err);
	if (result == 0)
		result = write_ready(r, err);
	if (writer_close(r->writer, result != 0, err))
		return -1;
	start = clock_seconds() - start;
	report(r);
	return !set->stats ? 0 :
	    throughput_print(stderr, m, &stats, set->slots, start, err);
}

/* Limits that the model sets: positions bound prompt and response. */
static int
bound(struct run *r, const struct config *c, struct error *err)
{
	struct settings *set = r->set;
	size_t all = set->samples * r->selected;

	r->vocab = c->vocab;
	if (set->max_response >= c->max_positions)
		return error_set(err, STATUS_USAGE, "--max-response %zu: the "
		    "model has %zu positions", set->max_response,
		    c->max_positions);
	if (set->max_prompt + set->max_response > c->max_positions)
		set->max_prompt = c->max_positions - set->max_response;
	r->positions = set->max_prompt + set->max_response;
	if (set->slots > all)
		set->slots = all ? all : 1;
	return 0;
}

static int
load_and_sample(struct run *r, const struct engine *e, struct error *err)
{
	struct checkpoint c = {0};
	struct kernels *k = NULL;
	struct model *m = NULL;
	int result = -1;

	if (checkpoint_open(&c, r->set->model, 1, 0, err) ||
	    bound(r, &c.config, err) ||
	    (k = engine_open(e, err)) == NULL)
		goto out;
	m = model_new(k, &c.config, engine_type(e, &c.config), r->positions, 0,
	    err);
	if (m == NULL || model_load(m, c.weights, err))
		goto out;
	result = sample(r, m, err);
out:
	model_free(m);
	if (k != NULL)
		k->close(k);
	checkpoint_close(&c);
	return result;
}

static int
run(struct run *r, const struct engine *e, struct error *err)
{
	struct settings *set = r->set;

	if (set->model == NULL)
		return error_set(err, STATUS_USAGE, "-m DIR is required");
	for (size_t i = 0; i < set->stops.count; i++)
		if (set->stops.values[i][0] == '\0')
			return error_set(err, STATUS_USAGE,
			    "--stop: expected a string that is not empty");
	if (prompt_open(r->prompt, set->model, err) ||
	    prompts_read(&r->prompts, r->tool, err))
		return -1;
	r->common = (struct rollout_common){r->prompt->tokenizer, set->model,
	    set->iteration, set->seed, set->temperature, set->stops.values,
	    set->stops.count};
	r->selection = selection_new(&r->selected, r->prompts.count,
	    set->prompts, set->iteration, set->seed, set->shard, err);
	if (r->selection == NULL)
		return -1;
	r->rollouts = calloc(r->selected + 1, sizeof(*r->rollouts));
	if (r->rollouts == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	progress_free(r->tool->bar);
	r->tool->bar = progress_new(r->tool->name, "prompts", r->selected,
	    r->tool->progress, r->tool->quiet);
	if (r->selected > 0 && load_and_sample(r, e, err))
		return -1;
	return tool_commit(r->tool, err);
}

static void
run_free(struct run *r)
{
	for (size_t i = 0; r->rollouts != NULL && i < r->selected; i++)
		rollout_free(r->rollouts[i]);
	free(r->rollouts);
	prompts_free(&r->prompts);
	free(r->selection);
	prompt_close(r->prompt);
}

int
main(int argc, char **argv)
{
	static const char *const sides[] = {"none", "left", NULL};
	struct settings s = {.samples = 8, .max_prompt = 512,
	    .max_response = 1024, .slots = 64, .shard = {0, 1},
	    .temperature = 1, .top_p = 1};
	struct engine e = {0};
	struct prompt p = {0};
	struct tool t = {.name = "empg-sample"};
	struct run r = {.set = &s, .tool = &t, .prompt = &p};
	struct error err = {0};
	const struct option table[] = {
		{"model", 'm', OPTION_STRING, &s.model, .arg = "DIR",
		    .help = "checkpoint directory (required)"},
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
	    "draw trajectories from a model", table};
	int result;

	engine_wait_briefly(argv);
	result = tool_start(&t, &tool, argc, argv, &err);

	if (result == 0)
		result = run(&r, &e, &err);
	run_free(&r);
	return tool_finish(&t, &tool, result, &err);
}
