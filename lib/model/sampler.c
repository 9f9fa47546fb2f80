/*
 * Continuous batching: one pass through the model after another.  plan.c says
 * what each computes, flights.c does it.
 */
#include "lib/model/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/model/flights.h"
#include "lib/model/jobs.h"
#include "lib/model/plan.h"

/* Rows of a pass beside one a slot: new prompts, and slots that come back. */
#define PREFILL_ROWS 512

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
		if (s->batch.rows == 0) {
			if (flights_flying(s) == 0)
				return 0;
			if (flights_land(s, 0))
				return -1;
			continue;
		}
		passes = count(s);
		flights_begin(s);
		if (flights_land(s, s->model->kernels->ahead))
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

	s->tokens = calloc(rows, sizeof(*s->tokens));
	s->start = calloc(S + 1, sizeof(*s->start));
	s->first = calloc(S, sizeof(*s->first));
	s->last = calloc(S, sizeof(*s->last));
	s->targets = calloc(S, sizeof(*s->targets));
	s->table = calloc(S * s->work->max_pages, sizeof(*s->table));
	s->from = calloc(rows, sizeof(*s->from));
	return s->tokens == NULL || s->start == NULL || s->first == NULL ||
	    s->last == NULL || s->targets == NULL || s->table == NULL ||
	    s->from == NULL ? -1 : 0;
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
		size_t room = k->memory_plan(k), beside =
		    workspace_bytes(s->work);

		allowed = room > beside ? (room - beside) / page : 0;
		allowed = allowed > one ? allowed : one;
	}
	return wanted < allowed ? wanted : allowed;
}

/* Rows of logits at a time: of all slots, where that is little memory. */
static size_t
logit_rows(const struct sampler *s)
{
	struct kernels *k = s->model->kernels;
	size_t slots = s->options->slots, rows = slots > 64 ? slots : 64;
	size_t bytes = rows * s->model->config.vocab * sizeof(float);

	return bytes <= k->memory_free(k) / 32 ? rows :
	    head_chunk(s->model, rows);
}

static int
open_all(struct sampler *s)
{
	const struct sampler_options *o = s->options;
	size_t rows = o->slots + PREFILL_ROWS, pages;

	s->jobs_end = &s->jobs;
	s->work = workspace_begin(s->model, WORKSPACE_SAMPLE, rows, rows, 0,
	    s->err);
	if (s->work == NULL || flights_new(s, logit_rows(s)))
		return -1;
	pages = cache_pages(s);
	s->stats->kv_bytes = pages * workspace_page_bytes(s->model);
	if (workspace_alloc(s->work, pages, s->err))
		return -1;
	s->work->split = split_new(s->work);
	if (pages_new(&s->pages, pages) || slots_new(s) || host_new(s))
		return error_set(s->err, STATUS_TEMPFAIL,
		    "no memory for %zu slots", o->slots);
	return 0;
}

static void
close_all(struct sampler *s)
{
	flights_free(s);
	jobs_free(s);
	slots_free(s);
	workspace_free(s->work);
	pages_free(&s->pages);
	free(s->tokens);
	free(s->start);
	free(s->first);
	free(s->last);
	free(s->targets);
	free(s->table);
	free(s->from);
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
