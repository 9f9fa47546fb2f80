#ifndef MODEL_SLOTS_H
#define MODEL_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/model/head.h"
#include "lib/model/pages.h"
#include "lib/model/sampler.h"
#include "lib/model/transformer.h"

/* The inside of the sampler: which sequences run, in which pages. */

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

/* Allocate the slots; 0, or -1 when memory ran out. */
int slots_new(struct sampler *s);
void slots_free(struct sampler *s);

/*
 * Move prompts into s->fresh while slots would stay free otherwise, reading
 * more of them as needed.  A job is promised its own pages and those of one
 * sample, so that it can always go on; new jobs wait while an older one's
 * samples wait for pages.  0, or -1.
 */
int slots_admit(struct sampler *s);

/* Give free slots to samples of prefilled jobs, in order; 0, or -1. */
int slots_start(struct sampler *s);

/* The page that a slot's next position lies in, taken if it is a new one. */
void slots_extend(struct sampler *s, struct slot *slot, size_t position);

/* Add a drawn token to a slot's response, and end it where it ends; 0 or -1. */
int slots_append(struct sampler *s, struct slot *slot, int32_t token,
    float logprob);

/* Jobs that were prefilled line up for slots. */
void slots_queue(struct sampler *s);

#endif
