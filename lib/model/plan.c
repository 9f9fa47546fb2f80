/* What the next pass computes, oldest first, and in whose pages. */
#include "lib/model/plan.h"

#include <assert.h>
#include <string.h>

#include "lib/model/jobs.h"

/*
 * Pages to be left when a sequence or prompt is admitted: those that are there
 * already soon need some, and what is admitted is not to be paused at once.
 */
static size_t
reserve(const struct sampler *s)
{
	return s->active == 0 ? 0 : 1 + s->active / 8;
}

/* Slots that run and slots that wait for the next sample. */
static size_t
ahead(const struct sampler *s)
{
	return s->options->slots + 1 + s->options->slots / 8;
}

/*
 * At least `n` free pages for the slot line[i], or for a job (i = active);
 * -1 where it was itself the youngest and had to go.
 */
static int
room(struct sampler *s, size_t i, size_t n)
{
	while (s->pages.free_count < n) {
		if (jobs_drop(s))
			continue;
		assert(s->active > 0);
		slots_preempt(s);
		if (s->active <= i)
			return -1;
	}
	return 0;
}

/*
 * Rows of a sequence from position `first`, whose `shared` first positions are
 * read for another one too; the caller adds its pages.
 */
static uint32_t *
add_rows(struct sampler *s, size_t first, size_t n, size_t shared)
{
	struct batch *b = &s->batch;
	size_t i = b->sequences++;

	s->first[i] = (uint32_t)first;
	b->rows += n;
	cost_add(&s->planned, first, n, shared);
	s->start[i + 1] = (uint32_t)b->rows;
	return s->table + i * b->max_pages;
}

/* The last row's logits are wanted. */
static void
add_target(struct sampler *s, struct slot *slot, struct job *j)
{
	s->last[s->target_count] = (uint32_t)(s->batch.rows - 1);
	s->planned.logits++;
	if (slot == NULL) {
		s->targets[s->target_count++] = (struct target){NULL, j, 0, 0};
		return;
	}
	assert(s->slot_targets == s->target_count);
	s->slot_targets++;
	s->targets[s->target_count++] = (struct target){slot, j, slot->sample,
	    slot->turn};
}

/* A part of the prompt up to position `end`, as rows last. */
static void
add_job(struct sampler *s, struct job *j, size_t end)
{
	size_t n = end - j->cached;
	uint32_t *pages;

	if (n > s->extra)
		n = s->extra;
	if (n == 0)
		return;
	memcpy(s->tokens + s->batch.rows, j->prompt.tokens + j->cached,
	    n * sizeof(*s->tokens));
	for (size_t i = 0; i < n; i++)
		s->from[s->batch.rows + i] = NOWHERE;
	pages = add_rows(s, j->cached, n, 0);
	memcpy(pages, j->pages, j->page_count * sizeof(*pages));
	s->extra -= n;
	j->cached += n;
	if (j->drawn || j->cached < j->prompt.length)
		return;
	add_target(s, NULL, j);
	s->stats->prompt_tokens += j->prompt.length;
}

/* The token at a position of the slot's sequence, to row r. */
static void
add_token(struct sampler *s, const struct slot *slot, size_t position, size_t r)
{
	const struct sampler_prompt *p = &slot->job->prompt;
	size_t i = position - p->length;

	s->from[r] = NOWHERE;
	s->tokens[r] = 0;
	if (position < p->length)
		s->tokens[r] = p->tokens[position];
	else if (i < slot->length)
		s->tokens[r] = slot->tokens[i];
	else
		s->from[r] = slot->source;
}

/* All that the slot lacks up to its last token, as rows last. */
static void
add_slot(struct sampler *s, struct slot *slot)
{
	struct job *j = slot->job;
	size_t full = jobs_full(j), n, first = slot->cached;
	size_t end = slots_end(slot);
	uint32_t *pages;

	if (j->cached < full * KV_PAGE) {
		add_job(s, j, full * KV_PAGE);
		if (j->cached < full * KV_PAGE)
			return;
		s->work->independent = 0;
	}
	n = end - first < s->extra + 1 ? end - first : s->extra + 1;
	for (size_t i = 0; i < n; i++)
		add_token(s, slot, first + i, s->batch.rows + i);
	pages = add_rows(s, first, n, j == s->read ? full * KV_PAGE : 0);
	s->read = j;
	memcpy(pages, j->pages, full * sizeof(*pages));
	memcpy(pages + full, slot->pages, slot->page_count * sizeof(*pages));
	s->extra -= n - 1;
	slot->cached += n;
	if (slot->cached == end)
		add_target(s, slot, j);
}

/* The slots in the cache; each gets the page that it grows into. */
static void
plan_running(struct sampler *s)
{
	for (size_t i = 0; i < s->active; i++) {
		struct slot *slot = s->line[i];
		size_t pages = pages_for(slots_end(slot)) -
		    jobs_full(slot->job);

		if (slots_full(slot))
			continue;
		if (pages > slot->page_count) {
			if (room(s, i, 1))
				return;
			slot->pages[slot->page_count++] =
			    pages_take(&s->pages);
		}
		add_slot(s, slot);
	}
}

/* Paused slots, and those that start, while there is room for all of them. */
static int
plan_paused(struct sampler *s)
{
	for (;;) {
		struct job *j = s->waiting;
		struct slot *slot;
		size_t need;

		if (s->count == s->active) {
			if (s->count == s->options->slots || j == NULL ||
			    !j->drawn)
				return 0;
			if (slots_start(s))
				return -1;
			continue;
		}
		slot = s->line[s->active];
		if (slots_full(slot))
			return 0;
		j = slot->job;
		need = jobs_lacks(j) + pages_for(slots_end(slot)) -
		    jobs_full(j);
		if (s->active == 0) {
			/* Its full pages are not to go for others. */
			j->running++;
			(void)room(s, 0, need);
			j->running--;
		}
		if (s->pages.free_count < need + reserve(s))
			return 0;
		slots_resume(s);
		add_slot(s, slot);
	}
}

/* Prompts, while slots would stay free otherwise. */
static int
plan_jobs(struct sampler *s)
{
	struct job *j = s->waiting;
	int r;

	if (s->count > s->active)
		return 0;
	for (; s->extra > 0; j = j->next) {
		if (j == NULL) {
			if (s->count + s->ready >= ahead(s))
				return 0;
			r = jobs_read(s);
			if (r != 1)
				return r;
			for (j = s->waiting; j->next != NULL;)
				j = j->next;
		}
		if (j->drawn)
			continue;
		if (s->batch.sequences == 0)
			(void)room(s, 0, jobs_lacks(j));
		if (jobs_lacks(j) > 0 &&
		    s->pages.free_count < jobs_lacks(j) + reserve(s))
			return 0;
		jobs_take(s, j);
		add_job(s, j, j->prompt.length);
	}
	return 0;
}

int
plan_pass(struct sampler *s)
{
	s->batch = (struct batch){.tokens = s->tokens, .start = s->start,
	    .first = s->first, .pages = s->table,
	    .max_pages = s->work->max_pages};
	s->work->independent = 1;
	s->start[0] = 0;
	s->target_count = s->slot_targets = 0;
	s->planned = (struct cost_work){.passes = 1};
	s->read = NULL;
	s->extra = s->work->rows - s->options->slots;
	plan_running(s);
	return plan_paused(s) || plan_jobs(s) ? -1 : 0;
}
