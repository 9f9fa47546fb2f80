/*
 * Continuous batching: which sequences run in which slots, whose pages they
 * read, and when a response ends.
 */
#include "lib/model/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/head.h"
#include "lib/model/pages.h"
#include "lib/model/transformer.h"

/* Prompt tokens prefilled in one pass, if no prompt is longer. */
#define PREFILL_ROWS 512

/* A prompt in the works: its cache pages and the first token of each sample. */
struct job {
	struct sampler_prompt prompt;
	uint32_t *pages;
	size_t page_count;
	size_t reserved;       /* pages promised to prompt and first slot */
	int32_t *first_token;  /* (samples) */
	float *first_logprob;  /* (samples) */
	size_t started;        /* samples that have or had a slot */
	size_t ended;
	struct job *next;
};

/* A response being drawn; free when job is NULL. */
struct slot {
	struct job *job;
	size_t sample;
	size_t length;
	int32_t *tokens;       /* (max_response) */
	float *logprobs;       /* (max_response) */
	uint32_t *pages;       /* (max_pages) */
	size_t page_count;
	size_t reserved;
};

struct sampler {
	struct model *model;
	const struct sampler_options *options;
	const struct sampler_calls *calls;
	struct sampler_stats *stats;
	struct error *err;
	struct workspace *work;
	struct head *head;
	struct pages pages;
	struct slot *slots;
	struct slot **running;        /* (slots) those of this pass */
	size_t active;
	struct job *jobs, **jobs_end; /* prefilled, with samples to start */
	struct job *fresh, **fresh_end; /* to be prefilled in this pass */
	struct job *held;      /* read, but no pages for it yet */
	int exhausted;         /* no more prompts */
	/* The batch on the host. */
	int32_t *tokens;
	uint32_t *start, *first, *table, *last;
	struct batch batch;
	/* The draws of a chunk of rows. */
	struct draw *draws;
	int32_t *drawn;
	float *logprobs;
};

static size_t
pages_for(size_t tokens)
{
	return (tokens + KV_PAGE - 1) / KV_PAGE;
}

/* Pages that a sample needs beyond the prompt's full ones. */
static size_t
slot_need(const struct sampler_prompt *p)
{
	return pages_for(p->length + p->max_response) - p->length / KV_PAGE;
}

static void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	free(j->pages);
	free(j->first_token);
	free(j->first_logprob);
	free(j);
}

static struct job *
job_new(const struct sampler_prompt *prompt)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->prompt = *prompt;
	j->pages = calloc(pages_for(prompt->length), sizeof(*j->pages));
	j->first_token = calloc(prompt->samples, sizeof(*j->first_token));
	j->first_logprob = calloc(prompt->samples, sizeof(*j->first_logprob));
	if (j->pages != NULL && j->first_token != NULL &&
	    j->first_logprob != NULL)
		return j;
	job_free(j);
	return NULL;
}

/* Read the next prompt into s->held, unless one waits there already. */
static int
hold_next(struct sampler *s)
{
	struct sampler_prompt prompt = {0};
	int r;

	if (s->held != NULL || s->exhausted)
		return 0;
	r = s->calls->next(s->calls->context, &prompt, s->err);
	if (r < 0)
		return -1;
	if (r == 0) {
		s->exhausted = 1;
		return 0;
	}
	s->held = job_new(&prompt);
	if (s->held == NULL)
		return error_set(s->err, STATUS_TEMPFAIL,
		    "no memory for a prompt");
	return 0;
}

/*
 * Move prompts into this pass while slots would stay free otherwise.  A job
 * is promised its own pages and those of one sample, so that it can always go
 * on; new jobs wait while an older one's samples wait for pages.
 */
static int
admit(struct sampler *s)
{
	size_t rows = s->active, expected = s->active;

	if (s->jobs != NULL)
		return 0;
	while (expected < s->options->slots) {
		struct job *j;
		size_t need;

		if (hold_next(s))
			return -1;
		j = s->held;
		if (j == NULL || rows + j->prompt.length > s->work->rows)
			return 0;
		need = pages_for(j->prompt.length) + slot_need(&j->prompt);
		if (pages_reserve(&s->pages, need)) {
			if (s->active > 0 || s->fresh != NULL)
				return 0;
			return error_set(s->err, STATUS_TEMPFAIL, "the "
			    "key-value cache has no room for one sequence of "
			    "%zu tokens (--kv-memory)",
			    j->prompt.length + j->prompt.max_response);
		}
		j->reserved = need;
		s->held = NULL;
		*s->fresh_end = j;
		s->fresh_end = &j->next;
		rows += j->prompt.length;
		expected += j->prompt.samples;
		s->stats->prompt_tokens += j->prompt.length;
	}
	return 0;
}

static int
finish(struct sampler *s, struct slot *slot, enum finish how)
{
	struct job *j = slot->job;
	struct sampler_response response = {slot->sample, slot->tokens,
	    slot->logprobs, slot->length, how};
	int r;

	for (size_t i = 0; i < slot->page_count; i++)
		pages_drop(&s->pages, slot->pages[i]);
	pages_unreserve(&s->pages, slot->reserved);
	slot->job = NULL;
	s->active--;
	r = s->calls->done(s->calls->context, &j->prompt, &response, s->err);
	if (++j->ended == j->prompt.samples)
		job_free(j);
	return r;
}

/* Add a drawn token to a slot's response, and end it where it ends. */
static int
append(struct sampler *s, struct slot *slot, int32_t token, float logprob)
{
	const struct sampler_prompt *p = &slot->job->prompt;

	if (token < 0)
		return error_set(s->err, STATUS_INTERNAL,
		    "the model's logits are not finite");
	slot->tokens[slot->length] = token;
	slot->logprobs[slot->length++] = logprob;
	s->stats->response_tokens++;
	if (config_stops(&s->model->config, token))
		return finish(s, slot, FINISH_STOP);
	if (s->calls->token != NULL && s->calls->token(s->calls->context, p,
	    slot->sample, token))
		return finish(s, slot, FINISH_STRING);
	if (slot->length == p->max_response)
		return finish(s, slot, FINISH_LENGTH);
	return 0;
}

static uint32_t
slot_take(struct sampler *s, struct slot *slot)
{
	slot->reserved--;
	return pages_take(&s->pages);
}

/* Full pages of the prompt are shared; a last partial one is copied. */
static void
slot_pages(struct sampler *s, struct slot *slot, struct job *j)
{
	size_t full = j->prompt.length / KV_PAGE;

	for (size_t i = 0; i < full; i++) {
		slot->pages[i] = j->pages[i];
		pages_share(&s->pages, j->pages[i]);
	}
	slot->page_count = full;
	if (full == j->page_count)
		return;
	slot->pages[full] = slot_take(s, slot);
	workspace_copy_page(s->work, slot->pages[full], j->pages[full]);
	slot->page_count++;
}

/* All samples have slots: the prompt's pages live on only in these. */
static void
job_release(struct sampler *s, struct job *j)
{
	for (size_t i = 0; i < j->page_count; i++)
		pages_drop(&s->pages, j->pages[i]);
}

static struct slot *
free_slot(struct sampler *s)
{
	for (size_t i = 0; i < s->options->slots; i++)
		if (s->slots[i].job == NULL)
			return &s->slots[i];
	return NULL;
}

/* Give free slots to samples of prefilled jobs, in order. */
static int
start_slots(struct sampler *s)
{
	struct slot *slot;

	while (s->jobs != NULL && (slot = free_slot(s)) != NULL) {
		struct job *j = s->jobs;
		size_t need = slot_need(&j->prompt);
		size_t sample = j->started;

		if (sample > 0 && pages_reserve(&s->pages, need))
			return 0;
		j->started++;
		slot->job = j;
		slot->sample = sample;
		slot->length = 0;
		slot->reserved = need;
		s->active++;
		slot_pages(s, slot, j);
		if (j->started == j->prompt.samples) {
			s->jobs = j->next;
			if (s->jobs == NULL)
				s->jobs_end = &s->jobs;
			job_release(s, j);
		}
		if (append(s, slot, j->first_token[sample],
		    j->first_logprob[sample]))
			return -1;
	}
	return 0;
}

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
		if (position / KV_PAGE == slot->page_count)
			slot->pages[slot->page_count++] = slot_take(s, slot);
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
		if (append(s, slots[i], s->drawn[i], s->logprobs[i]))
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

/* Jobs that were prefilled line up for slots. */
static void
queue_fresh(struct sampler *s)
{
	if (s->fresh == NULL)
		return;
	*s->jobs_end = s->fresh;
	s->jobs_end = s->fresh_end;
	s->fresh = NULL;
	s->fresh_end = &s->fresh;
}

static int
run(struct sampler *s)
{
	for (;;) {
		if (start_slots(s) || admit(s))
			return -1;
		if (s->active == 0 && s->fresh == NULL && s->jobs == NULL)
			return 0;
		batch_build(s);
		transformer_forward(s->work, &s->batch);
		s->stats->steps++;
		if (draw_all(s))
			return -1;
		queue_fresh(s);
		if (s->calls->step != NULL &&
		    s->calls->step(s->calls->context, s->stats, s->err))
			return -1;
	}
}

static int
slots_new(struct sampler *s)
{
	const struct sampler_options *o = s->options;

	s->slots = calloc(o->slots, sizeof(*s->slots));
	s->running = calloc(o->slots, sizeof(*s->running));
	if (s->slots == NULL || s->running == NULL)
		return -1;
	for (size_t i = 0; i < o->slots; i++) {
		struct slot *slot = &s->slots[i];

		slot->tokens = calloc(o->max_response, sizeof(*slot->tokens));
		slot->logprobs = calloc(o->max_response,
		    sizeof(*slot->logprobs));
		slot->pages = calloc(s->work->max_pages, sizeof(*slot->pages));
		if (slot->tokens == NULL || slot->logprobs == NULL ||
		    slot->pages == NULL)
			return -1;
	}
	return 0;
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
jobs_free(struct job *j)
{
	while (j != NULL) {
		struct job *next = j->next;

		job_free(j);
		j = next;
	}
}

static void
close_all(struct sampler *s)
{
	for (size_t i = 0; s->slots != NULL && i < s->options->slots; i++) {
		struct slot *slot = &s->slots[i];

		/* A job waiting in s->jobs is freed there. */
		if (slot->job != NULL &&
		    slot->job->started == slot->job->prompt.samples &&
		    ++slot->job->ended == slot->job->prompt.samples)
			job_free(slot->job);
		free(slot->tokens);
		free(slot->logprobs);
		free(slot->pages);
	}
	free(s->slots);
	free(s->running);
	jobs_free(s->jobs);
	jobs_free(s->fresh);
	job_free(s->held);
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
