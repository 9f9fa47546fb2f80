/* Prompts in the works: from being read to the end of their last sample. */
#include "lib/model/jobs.h"

#include <stdlib.h>

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

int
jobs_read(struct sampler *s)
{
	struct sampler_prompt p = {0};
	struct job *j;
	int r = s->exhausted ? 0 :
	    s->calls->next(s->calls->context, &p, s->err);

	s->exhausted |= r == 0;
	if (r != 1)
		return r;
	if (pages_for(p.length + p.max_response) > s->pages.total)
		return error_set(s->err, STATUS_TEMPFAIL, "the key-value "
		    "cache has no room for one sequence of %zu tokens "
		    "(--kv-memory)", p.length + p.max_response);
	j = job_new(&p);
	if (j == NULL)
		return error_set(s->err, STATUS_TEMPFAIL,
		    "no memory for a prompt");
	*s->jobs_end = j;
	s->jobs_end = &j->next;
	if (s->waiting == NULL)
		s->waiting = j;
	s->ready += p.samples;
	return 1;
}

size_t
jobs_full(const struct job *j)
{
	return j->prompt.length / KV_PAGE;
}

size_t
jobs_lacks(const struct job *j)
{
	size_t all = j->drawn ? jobs_full(j) : pages_for(j->prompt.length);

	return all > j->page_count ? all - j->page_count : 0;
}

void
jobs_take(struct sampler *s, struct job *j)
{
	for (size_t n = jobs_lacks(j); n > 0; n--)
		j->pages[j->page_count++] = pages_take(&s->pages);
}

/* Keep `n` pages. */
static void
give(struct sampler *s, struct job *j, size_t n)
{
	while (j->page_count > n)
		pages_give(&s->pages, j->pages[--j->page_count]);
	if (j->cached > n * KV_PAGE)
		j->cached = n * KV_PAGE;
}

/* Pages of which nobody reads. */
static size_t
kept(const struct job *j)
{
	return j->running > 0 ? jobs_full(j) : 0;
}

int
jobs_drop(struct sampler *s)
{
	struct job *youngest = NULL;

	for (struct job *j = s->jobs; j != NULL; j = j->next)
		if (j->page_count > kept(j))
			youngest = j;
	if (youngest == NULL)
		return 0;
	give(s, youngest, kept(youngest));
	return 1;
}

void
jobs_started(struct sampler *s, struct job *j)
{
	if (j->page_count > jobs_full(j))
		give(s, j, jobs_full(j));
}

void
jobs_ended(struct sampler *s, struct job *j)
{
	struct job **at = &s->jobs;

	if (++j->ended < j->prompt.samples)
		return;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	if (*at == NULL)
		s->jobs_end = at;
	give(s, j, 0);
	job_free(j);
}

void
jobs_free(struct sampler *s)
{
	while (s->jobs != NULL) {
		struct job *next = s->jobs->next;

		job_free(s->jobs);
		s->jobs = next;
	}
}
