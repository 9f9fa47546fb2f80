/* An iteration's trajectories: prompts through the sampler to the writer. */
#include "tools/draws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/model/checkpoint.h"
#include "lib/model/sampler.h"
#include "tools/selection.h"
#include "tools/throughput.h"

/* Hand on finished prompts from the first unwritten one on. */
static int
write_ready(struct draws *r, struct error *err)
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
fit(struct draws *r, struct ids *tokens)
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
key_of(const struct draws *r, size_t prompt)
{
	uint64_t key = prompt_key(prompts_id(&r->prompts, prompt));

	return key ^ (r->set->iteration * 0x9E3779B97F4A7C15);
}

static int
next_prompt(void *context, struct sampler_prompt *p, struct error *err)
{
	struct draws *r = context;

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
	struct draws *r = context;

	return rollout_stops(p->user, &r->common, sample, token);
}

static int
response_done(void *context, const struct sampler_prompt *p,
    const struct sampler_response *response, struct error *err)
{
	struct draws *r = context;

	if (rollout_keep(p->user, response, err))
		return -1;
	return write_ready(r, err);
}

static int
pass_done(void *context, const struct sampler_stats *stats, struct error *err)
{
	struct draws *r = context;
	char note[64];

	snprintf(note, sizeof(note), "%zu tokens", stats->response_tokens);
	progress_update(r->tool->bar, r->written, note);
	return tool_interrupted(err) || writer_check(r->writer, err) ? -1 : 0;
}

static void
report(const struct draws *r)
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
sample(struct draws *r, struct error *err)
{
	struct draws_settings *set = r->set;
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
	result = sampler_run(r->model, &o, &calls, &stats, err);
	if (result == 0)
		result = write_ready(r, err);
	if (writer_close(r->writer, result != 0, err))
		return -1;
	start = clock_seconds() - start;
	report(r);
	return !set->stats ? 0 :
	    throughput_print(stderr, r->model, &stats, set->slots, start, err);
}

/* Limits that the model sets: positions bound prompt and response. */
static int
bound(struct draws *r, const struct config *c, struct error *err)
{
	struct draws_settings *set = r->set;
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

/* The checkpoint's weights, into the model that is there if it fits. */
static int
load(struct draws *r, const struct engine *e, struct error *err)
{
	struct checkpoint c = {0};
	enum dtype type;
	int result = -1;

	if (checkpoint_open(&c, r->set->model, 1, 0, err) ||
	    bound(r, &c.config, err))
		goto out;
	if (r->kernels == NULL && (r->kernels = engine_open(e, err)) == NULL)
		goto out;
	type = engine_type(e, &c.config);
	if (r->model != NULL && r->model->type != type) {
		model_free(r->model);
		r->model = NULL;
	}
	if (r->model == NULL)
		r->model = model_new(r->kernels, &c.config, type,
		    r->positions, 0, err);
	if (r->model != NULL)
		result = model_load(r->model, c.weights, err);
out:
	checkpoint_close(&c);
	return result;
}

/* The prompts of set->iteration are another selection. */
static void
forget(struct draws *r)
{
	for (size_t i = 0; r->rollouts != NULL && i < r->selected; i++)
		rollout_free(r->rollouts[i]);
	free(r->rollouts);
	free(r->selection);
	r->rollouts = NULL;
	r->selection = NULL;
	r->next = r->written = r->skipped = r->cut = 0;
}

int
draws_run(struct draws *r, const struct engine *e, struct error *err)
{
	struct draws_settings *set = r->set;

	forget(r);
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
	tool_progress(r->tool, "prompts", r->selected);
	return r->selected > 0 && (load(r, e, err) || sample(r, err)) ? -1 :
	    0;
}

void
draws_free(struct draws *r)
{
	forget(r);
	prompts_free(&r->prompts);
	prompt_close(r->prompt);
	model_free(r->model);
	if (r->kernels != NULL)
		r->kernels->close(r->kernels);
}
