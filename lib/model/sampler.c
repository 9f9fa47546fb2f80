/*
 * Continuous batching: one pass through the model after another, and the
 * draws.  plan.c says what each computes.
 */
#include "lib/model/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/model/jobs.h"
#include "lib/model/plan.h"

/* Rows of a pass beside one a slot: new prompts, and slots that come back. */
#define PREFILL_ROWS 512

/* Draw a chunk of tokens from the head's logits, and hand them out. */
static int
draw_chunk(struct sampler *s)
{
	struct kernels *k = s->model->kernels;
	size_t n = s->draw_count;

	s->draw_count = 0;
	k->sample(k, s->drawn, s->logprobs, s->head->logits, s->index, s->draws,
	    &s->options->sampling, n, s->model->config.vocab);
	for (size_t i = 0; i < n; i++) {
		const struct target *t = &s->drawers[i];

		if (t->slot == NULL) {
			t->job->first_token[t->sample] = s->drawn[i];
			t->job->first_logprob[t->sample] = s->logprobs[i];
			continue;
		}
		s->stats->decode_tokens++;
		if (slots_append(s, t->slot, s->drawn[i], s->logprobs[i]))
			return -1;
	}
	return 0;
}

/* A draw from row r of the head's logits. */
static int
add_draw(struct sampler *s, const struct target *t, size_t r)
{
	size_t n = s->draw_count++;
	size_t position = t->slot != NULL ? t->slot->length : 0;

	s->index[n] = (uint32_t)r;
	s->drawers[n] = *t;
	s->draws[n] = (struct draw){s->options->seed, t->job->prompt.key,
	    (uint32_t)t->sample, (uint32_t)position};
	return s->draw_count == s->head->rows ? draw_chunk(s) : 0;
}

/* One token of a slot; the first token of all samples of a prompt. */
static int
draw_target(struct sampler *s, const struct target *t, size_t r)
{
	struct target one = *t;

	if (t->slot != NULL)
		return add_draw(s, t, r);
	for (; one.sample < t->job->prompt.samples; one.sample++)
		if (add_draw(s, &one, r))
			return -1;
	t->job->drawn = 1;
	return 0;
}

/* The head over the rows that tokens are drawn of, and the draws. */
static int
draw_all(struct sampler *s)
{
	for (size_t at = 0, R; at < s->target_count; at += R) {
		R = s->target_count - at;
		if (R > s->head->rows)
			R = s->head->rows;
		head_logits(s->head, s->work->out, s->last + at, R);
		for (size_t r = 0; r < R; r++)
			if (draw_target(s, &s->targets[at + r], r))
				return -1;
		if (s->draw_count > 0 && draw_chunk(s))
			return -1;
	}
	return 0;
}

/* Count what the pass computes; returns where its seconds go. */
static struct sampler_passes *
count(struct sampler *s)
{
	const struct batch *b = &s->batch;
	struct sampler_stats *stats = s->stats;
	struct sampler_passes *p = b->rows > b->sequences ? &stats->prefill :
	    &stats->decode;

	cost_sum(&p->work, &s->planned);
	stats->occupied += s->active;
	stats->kv_most = s->pages.most * workspace_page_bytes(s->model);
	return p;
}

static int
run(struct sampler *s)
{
	double start = clock_seconds(), end;
	struct sampler_passes *passes;

	for (;;) {
		if (plan_pass(s))
			return -1;
		if (s->batch.rows == 0)
			return 0;
		passes = count(s);
		transformer_forward(s->work, &s->batch);
		if (draw_all(s))
			return -1;
		if (s->calls->step != NULL &&
		    s->calls->step(s->calls->context, s->stats, s->err))
			return -1;
		end = clock_seconds();
		passes->seconds += end - start;
		start = end;
	}
}

static int
host_new(struct sampler *s)
{
	size_t rows = s->work->rows, S = s->work->sequences;
	size_t R = s->head->rows;

	s->tokens = calloc(rows, sizeof(*s->tokens));
	s->start = calloc(S + 1, sizeof(*s->start));
	s->first = calloc(S, sizeof(*s->first));
	s->last = calloc(S, sizeof(*s->last));
	s->targets = calloc(S, sizeof(*s->targets));
	s->table = calloc(S * s->work->max_pages, sizeof(*s->table));
	s->draws = calloc(R, sizeof(*s->draws));
	s->drawers = calloc(R, sizeof(*s->drawers));
	s->index = calloc(R, sizeof(*s->index));
	s->drawn = calloc(R, sizeof(*s->drawn));
	s->logprobs = calloc(R, sizeof(*s->logprobs));
	return s->tokens == NULL || s->start == NULL || s->first == NULL ||
	    s->last == NULL || s->targets == NULL || s->table == NULL ||
	    s->draws == NULL || s->drawers == NULL || s->index == NULL ||
	    s->drawn == NULL || s->logprobs == NULL ? -1 : 0;
}

/*
 * Pages for all slots at their longest, with what plan.c leaves free and reads
 * ahead, unless that or --kv-memory is more than there is.
 */
static size_t
cache_pages(const struct sampler *s)
{
	const struct sampler_options *o = s->options;
	struct kernels *k = s->model->kernels;
	size_t page = workspace_page_bytes(s->model);
	size_t one = pages_for(o->max_prompt + o->max_response);
	size_t spare = (1 + o->slots / 8) * (1 + pages_for(o->max_prompt));
	size_t wanted = o->slots * (one + 1) + spare;
	size_t allowed = o->kv_bytes / page;

	if (o->kv_bytes == 0) {
		allowed = k->memory_free(k) / 2 / page;
		allowed = allowed > one ? allowed : one;
	}
	return wanted < allowed ? wanted : allowed;
}

static int
open_all(struct sampler *s)
{
	const struct sampler_options *o = s->options;
	size_t pages = cache_pages(s), rows = o->slots + PREFILL_ROWS;

	s->jobs_end = &s->jobs;
	s->stats->kv_bytes = pages * workspace_page_bytes(s->model);
	s->work = workspace_new(s->model, WORKSPACE_SAMPLE, rows, rows, pages,
	    s->err);
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
	jobs_free(s);
	slots_free(s);
	head_free(s->head);
	workspace_free(s->work);
	pages_free(&s->pages);
	free(s->tokens);
	free(s->start);
	free(s->first);
	free(s->last);
	free(s->targets);
	free(s->table);
	free(s->draws);
	free(s->drawers);
	free(s->index);
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
