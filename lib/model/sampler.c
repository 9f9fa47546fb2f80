/*
 * Continuous batching: one pass through the model after another, and the
 * draws.  slots.c says which sequences take part.
 */
#include "lib/model/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/slots.h"

/* Prompt tokens prefilled in one pass, if no prompt is longer. */
#define PREFILL_ROWS 512

static void
batch_add(struct sampler *s, const int32_t *tokens, size_t n, size_t first,
    const uint32_t *pages, size_t page_count)
{
	struct batch *b = &s->batch;
	size_t i = b->sequences++;

	memcpy(s->tokens + b->rows, tokens, n * sizeof(*tokens));
	memcpy(s->table + i * b->max_pages, pages,
	    page_count * sizeof(*pages));
	s->first[i] = (uint32_t)first;
	b->rows += n;
	s->start[i + 1] = (uint32_t)b->rows;
	s->last[i] = (uint32_t)(b->rows - 1);
}

/* One row for each active slot, and all of each fresh prompt. */
static void
batch_build(struct sampler *s)
{
	s->batch = (struct batch){.tokens = s->tokens, .start = s->start,
	    .first = s->first, .pages = s->table,
	    .max_pages = s->work->max_pages};
	s->start[0] = 0;
	for (size_t i = 0; i < s->options->slots; i++) {
		struct slot *slot = &s->slots[i];
		size_t position;

		if (slot->job == NULL)
			continue;
		position = slot->job->prompt.length + slot->length - 1;
		slots_extend(s, slot, position);
		batch_add(s, &slot->tokens[slot->length - 1], 1, position,
		    slot->pages, slot->page_count);
	}
	for (struct job *j = s->fresh; j != NULL; j = j->next) {
		j->page_count = pages_for(j->prompt.length);
		for (size_t i = 0; i < j->page_count; i++)
			j->pages[i] = pages_take(&s->pages);
		batch_add(s, j->prompt.tokens, j->prompt.length, 0, j->pages,
		    j->page_count);
	}
}

static struct draw
draw_of(const struct sampler *s, const struct job *j, size_t sample,
    size_t position)
{
	return (struct draw){s->options->seed, j->prompt.key,
	    (uint32_t)sample, (uint32_t)position};
}

/* Draw the next token of `n` active slots, whose logits are rows 0 … n-1. */
static int
draw_slots(struct sampler *s, struct slot **slots, size_t n)
{
	struct kernels *k = s->model->kernels;

	for (size_t i = 0; i < n; i++)
		s->draws[i] = draw_of(s, slots[i]->job, slots[i]->sample,
		    slots[i]->length);
	k->sample(k, s->drawn, s->logprobs, s->head->logits, s->draws,
	    &s->options->sampling, n, s->model->config.vocab);
	for (size_t i = 0; i < n; i++)
		if (slots_append(s, slots[i], s->drawn[i], s->logprobs[i]))
			return -1;
	return 0;
}

/* Draw the first token of all samples of a prompt from one row of logits. */
static void
draw_first(struct sampler *s, struct job *j, size_t row)
{
	struct kernels *k = s->model->kernels;
	size_t V = s->model->config.vocab;

	for (size_t i = 0; i < j->prompt.samples; i++) {
		struct draw d = draw_of(s, j, i, 0);

		k->sample(k, &j->first_token[i], &j->first_logprob[i],
		    s->head->logits + row * V, &d, &s->options->sampling, 1,
		    V);
	}
}

/* The head over the last row of each sequence, and the draws. */
static int
draw_all(struct sampler *s)
{
	struct job *j = s->fresh;
	size_t n = 0;

	for (size_t i = 0; i < s->options->slots; i++)
		if (s->slots[i].job != NULL)
			s->running[n++] = &s->slots[i];
	for (size_t at = 0; at < s->batch.sequences;) {
		size_t left = s->batch.sequences - at, here = 0;
		size_t R = left < s->head->rows ? left : s->head->rows;

		head_logits(s->head, s->work->out, s->last + at, R);
		if (at < n) {
			here = n - at < R ? n - at : R;
			if (draw_slots(s, s->running + at, here))
				return -1;
		}
		for (; here < R; here++, j = j->next)
			draw_first(s, j, here);
		at += R;
	}
	return 0;
}

static int
run(struct sampler *s)
{
	for (;;) {
		if (slots_start(s) || slots_admit(s))
			return -1;
		if (s->active == 0 && s->fresh == NULL && s->jobs == NULL)
			return 0;
		batch_build(s);
		transformer_forward(s->work, &s->batch);
		s->stats->steps++;
		if (draw_all(s))
			return -1;
		slots_queue(s);
		if (s->calls->step != NULL &&
		    s->calls->step(s->calls->context, s->stats, s->err))
			return -1;
	}
}

static int
host_new(struct sampler *s)
{
	size_t rows = s->work->rows, S = s->work->sequences;

	s->tokens = calloc(rows, sizeof(*s->tokens));
	s->start = calloc(S + 1, sizeof(*s->start));
	s->first = calloc(S, sizeof(*s->first));
	s->last = calloc(S, sizeof(*s->last));
	s->table = calloc(S * s->work->max_pages, sizeof(*s->table));
	s->draws = calloc(s->head->rows, sizeof(*s->draws));
	s->drawn = calloc(s->head->rows, sizeof(*s->drawn));
	s->logprobs = calloc(s->head->rows, sizeof(*s->logprobs));
	return s->tokens == NULL || s->start == NULL || s->first == NULL ||
	    s->last == NULL || s->table == NULL || s->draws == NULL ||
	    s->drawn == NULL || s->logprobs == NULL ? -1 : 0;
}

/* Pages for all slots at their longest, unless --kv-memory says less. */
static size_t
cache_pages(const struct sampler *s)
{
	const struct sampler_options *o = s->options;
	size_t each = pages_for(o->max_prompt + o->max_response) + 1;
	size_t wanted = o->slots * each + pages_for(o->max_prompt);
	size_t allowed = o->kv_bytes / workspace_page_bytes(s->model);

	return o->kv_bytes == 0 || wanted < allowed ? wanted : allowed;
}

static int
open_all(struct sampler *s)
{
	const struct sampler_options *o = s->options;
	size_t prefill = o->max_prompt > PREFILL_ROWS ? o->max_prompt :
	    PREFILL_ROWS;
	size_t pages = cache_pages(s);

	s->jobs_end = &s->jobs;
	s->fresh_end = &s->fresh;
	s->stats->kv_bytes = pages * workspace_page_bytes(s->model);
	s->work = workspace_new(s->model, WORKSPACE_SAMPLE, o->slots + prefill,
	    o->slots + prefill, pages, s->err);
	if (s->work == NULL)
		return -1;
	s->head = head_new(s->model, head_chunk(s->model,
	    o->slots > 64 ? o->slots : 64), 0, s->err);
	if (s->head == NULL)
		return -1;
	if (pages_new(&s->pages, pages) || slots_new(s) || host_new(s))
		return error_set(s->err, STATUS_TEMPFAIL,
		    "no memory for %zu slots", o->slots);
	return 0;
}

static void
close_all(struct sampler *s)
{
	slots_free(s);
	head_free(s->head);
	workspace_free(s->work);
	pages_free(&s->pages);
	free(s->tokens);
	free(s->start);
	free(s->first);
	free(s->last);
	free(s->table);
	free(s->draws);
	free(s->drawn);
	free(s->logprobs);
}

int
sampler_run(struct model *m, const struct sampler_options *options,
    const struct sampler_calls *calls, struct sampler_stats *stats,
    struct error *err)
{
	struct sampler s = {.model = m, .options = options, .calls = calls,
	    .stats = stats, .err = err};
	int r;

	memset(stats, 0, sizeof(*stats));
	r = open_all(&s);
	if (r == 0)
		r = run(&s);
	close_all(&s);
	return r;
}
