/* Which sequences run in which slots, whose pages they read. */
#include "lib/model/slots.h"

#include <stdlib.h>
#include <string.h>

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

int
slots_admit(struct sampler *s)
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

int
slots_append(struct sampler *s, struct slot *slot, int32_t token, float logprob)
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
	workspace_copy_page(s->work, &(struct page_copy){slot->pages[full],
	    j->pages[full], (uint32_t)(j->prompt.length % KV_PAGE)});
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

int
slots_start(struct sampler *s)
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
		if (slots_append(s, slot, j->first_token[sample],
		    j->first_logprob[sample]))
			return -1;
	}
	return 0;
}

void
slots_extend(struct sampler *s, struct slot *slot, size_t position)
{
	if (position / KV_PAGE == slot->page_count)
		slot->pages[slot->page_count++] = slot_take(s, slot);
}

void
slots_queue(struct sampler *s)
{
	if (s->fresh == NULL)
		return;
	*s->jobs_end = s->fresh;
	s->jobs_end = s->fresh_end;
	s->fresh = NULL;
	s->fresh_end = &s->fresh;
}

int
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

static void
jobs_free(struct job *j)
{
	while (j != NULL) {
		struct job *next = j->next;

		job_free(j);
		j = next;
	}
}

void
slots_free(struct sampler *s)
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
}
