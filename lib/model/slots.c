/* Which sequences run in which slots, whose pages they read. */
#include "lib/model/slots.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/jobs.h"

size_t
slots_end(const struct slot *slot)
{
	return slot->job->prompt.length + slot->length + slot->pending;
}

int
slots_full(const struct slot *slot)
{
	return slot->length + slot->pending == slot->job->prompt.max_response;
}

static void
give_pages(struct sampler *s, struct slot *slot)
{
	while (slot->page_count > 0)
		pages_give(&s->pages, slot->pages[--slot->page_count]);
	slot->cached = 0;
}

void
slots_preempt(struct sampler *s)
{
	struct slot *slot = s->line[--s->active];

	give_pages(s, slot);
	slot->job->running--;
	s->stats->preemptions++;
}

/* The prompt's end, on its partial page, without computing it again. */
static void
copy_partial(struct sampler *s, struct slot *slot)
{
	struct job *j = slot->job;
	size_t full = jobs_full(j), partial = j->prompt.length % KV_PAGE;

	slot->cached = full * KV_PAGE;
	if (partial == 0 || j->page_count == full ||
	    j->cached < j->prompt.length)
		return;
	slot->cached = j->prompt.length;
	/* The last one to start takes the job's own. */
	if (j->started == j->prompt.samples) {
		uint32_t page = slot->pages[0];

		slot->pages[0] = j->pages[full];
		j->pages[full] = page;
		return;
	}
	workspace_copy_page(s->work, &(struct page_copy){slot->pages[0],
	    j->pages[full], (uint32_t)partial});
}

void
slots_resume(struct sampler *s)
{
	struct slot *slot = s->line[s->active++];
	struct job *j = slot->job;
	size_t pages = pages_for(slots_end(slot)) - jobs_full(j);

	j->running++;
	jobs_take(s, j);
	while (slot->page_count < pages)
		slot->pages[slot->page_count++] = pages_take(&s->pages);
	copy_partial(s, slot);
	if (j->started == j->prompt.samples)
		jobs_started(s, j);
}

static int
finish(struct sampler *s, struct slot *slot, enum finish how)
{
	struct job *j = slot->job;
	struct sampler_response response = {slot->sample, slot->tokens,
	    slot->logprobs, slot->length, how};
	size_t i = 0;
	int r;

	give_pages(s, slot);
	while (s->line[i] != slot)
		i++;
	if (i < s->active) {
		s->active--;
		j->running--;
	}
	s->count--;
	memmove(s->line + i, s->line + i + 1,
	    (s->count - i) * sizeof(*s->line));
	s->line[s->count] = slot;
	slot->turn++;
	r = s->calls->done(s->calls->context, &j->prompt, &response, s->err);
	jobs_ended(s, j);
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

int
slots_start(struct sampler *s)
{
	struct job *j = s->waiting;
	struct slot *slot = s->line[s->count++];

	slot->job = j;
	slot->sample = j->started++;
	slot->length = slot->pending = 0;
	s->ready--;
	if (j->started == j->prompt.samples)
		s->waiting = j->next;
	return slots_append(s, slot, j->first_token[slot->sample],
	    j->first_logprob[slot->sample]);
}

int
slots_new(struct sampler *s)
{
	size_t n = s->options->slots, R = s->options->max_response;

	s->slots = calloc(n, sizeof(*s->slots));
	s->line = calloc(n, sizeof(struct slot *));
	if (s->slots == NULL || s->line == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct slot *slot = &s->slots[i];

		s->line[i] = slot;
		slot->tokens = calloc(R, sizeof(*slot->tokens));
		slot->logprobs = calloc(R, sizeof(*slot->logprobs));
		slot->pages = calloc(s->work->max_pages, sizeof(*slot->pages));
		if (slot->tokens == NULL || slot->logprobs == NULL ||
		    slot->pages == NULL)
			return -1;
	}
	return 0;
}

void
slots_free(struct sampler *s)
{
	for (size_t i = 0; s->slots != NULL && i < s->options->slots; i++) {
		free(s->slots[i].tokens);
		free(s->slots[i].logprobs);
		free(s->slots[i].pages);
	}
	free(s->slots);
	free(s->line);
}
