#ifndef MODEL_SLOTS_H
#define MODEL_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/model/head.h"
#include "lib/model/pages.h"
#include "lib/model/sampler.h"
#include "lib/model/transformer.h"

/* The inside of the sampler: which sequences run, in which pages. */

/*
 * A prompt in the works.  Its full pages are read by all its samples; the last
 * partial one is copied by each.
 */
struct job {
	struct sampler_prompt prompt;
	uint32_t *pages;       /* (pages_for(length)); NULL once dropped */
	size_t page_count;     /* what it has of them now */
	size_t cached;         /* positions in them, this pass's included */
	int drawn;             /* the first tokens are there */
	int32_t *first_token;  /* (samples) */
	float *first_logprob;  /* (samples) */
	size_t started;        /* samples that have or had a slot */
	size_t running;        /* of these, now in the cache */
	size_t ended;
	struct job *next;      /* the next younger one */
};

/* A response being drawn, or paused and without pages. */
struct slot {
	struct job *job;
	size_t sample;
	size_t length;
	size_t pending;        /* tokens behind these, drawn and not here yet */
	uint32_t source;       /* where the last pass draws its token */
	unsigned turn;         /* how many responses it had before */
	size_t cached;         /* positions in the cache, prompt included */
	int32_t *tokens;       /* (max_response) */
	float *logprobs;       /* (max_response) */
	uint32_t *pages;       /* (max_pages) behind the prompt's full ones */
	size_t page_count;
};

/* Whose next token a row of logits gives: a slot's, or all of a job's. */
struct target {
	struct slot *slot;     /* NULL: the job's */
	struct job *job;
	size_t sample;
	unsigned turn;         /* of the slot: it may have ended since */
};

/* A row whose token is known. */
#define NOWHERE UINT32_MAX

struct flights;

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
	/*
	 * (slots) In order of age: the first `active` are in the cache, those
	 * up to `count` are paused, the rest is free.
	 */
	struct slot **line;
	size_t active, count;
	struct job *jobs, **jobs_end; /* with samples to end, by age */
	struct job *waiting;   /* the first of them with samples to start */
	size_t ready;          /* samples to start */
	int exhausted;         /* no more prompts */
	/* The batch on the host. */
	struct batch batch;
	int32_t *tokens;
	uint32_t *start, *first, *table;
	uint32_t *from;        /* (rows) where a token is drawn, or NOWHERE */
	size_t extra;          /* rows left beside one a slot */
	struct cost_work planned; /* what it computes */
	const struct job *read; /* whose prompt was last read by a slot */
	/* Its last rows of which tokens are drawn: slots' before jobs'. */
	uint32_t *last;
	struct target *targets;
	size_t target_count, slot_targets;
	struct flights *flights;
};

/* Positions of a slot's sequence, tokens to come included. */
size_t slots_end(const struct slot *slot);

/* Whether its last token is drawn, here or not. */
int slots_full(const struct slot *slot);

/* Allocate the slots; 0, or -1 when memory ran out. */
int slots_new(struct sampler *s);
void slots_free(struct sampler *s);

/* The youngest running slot leaves the cache. */
void slots_preempt(struct sampler *s);

/*
 * The oldest paused slot comes back, with pages for all its tokens, the
 * prompt's among them; the caller saw to it that so many are free.
 */
void slots_resume(struct sampler *s);

/*
 * The next sample to start takes a free slot, paused, with its first token;
 * 0, or -1.
 */
int slots_start(struct sampler *s);

/* Add a drawn token to a slot's response, and end it where it ends; 0 or -1. */
int slots_append(struct sampler *s, struct slot *slot, int32_t token,
    float logprob);

#endif
