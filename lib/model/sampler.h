#ifndef MODEL_SAMPLER_H
#define MODEL_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "lib/base/error.h"
#include "lib/model/cost.h"
#include "lib/model/model.h"

enum finish { FINISH_STOP, FINISH_LENGTH, FINISH_STRING };

/* A prompt to draw responses to. */
struct sampler_prompt {
	const int32_t *tokens;  /* (length), until its last response is done */
	size_t length;          /* 1 or more */
	size_t samples;         /* N */
	uint64_t key;           /* what the random numbers depend on: its id */
	size_t max_response;    /* tokens; length + max_response <= positions */
	void *user;
};

/* A response: tokens and logprobs (length); the stop token is the last one. */
struct sampler_response {
	size_t sample;          /* 0 … N-1 */
	const int32_t *tokens;
	const float *logprobs;
	size_t length;
	enum finish finish;
};

/* Passes through the model of one kind. */
struct sampler_passes {
	struct cost_work work;
	double seconds;
};

/* What a run did. */
struct sampler_stats {
	struct sampler_passes prefill; /* passes that computed prompts */
	struct sampler_passes decode;  /* passes of one row a sequence */
	size_t prompt_tokens;   /* prefilled, each prompt counted once */
	size_t response_tokens; /* drawn, first ones by the prompt's pass */
	size_t decode_tokens;   /* of these, drawn in slots */
	size_t occupied;        /* slots in use, summed over passes */
	size_t preemptions;
	size_t kv_bytes;        /* the cache's size */
	size_t kv_most;         /* bytes of it in use at a time */
};

/* How the sampler gets prompts and gives responses; 0 goes on, -1 ends it. */
struct sampler_calls {
	void *context;
	/* The next prompt: 1, 0 when there are no more, -1. */
	int (*next)(void *context, struct sampler_prompt *prompt,
	    struct error *err);
	/* A token was drawn; 1 ends the response (--stop).  May be NULL. */
	int (*token)(void *context, const struct sampler_prompt *prompt,
	    size_t sample, int32_t token);
	/* A response is complete; of a prompt's N, in any order. */
	int (*done)(void *context, const struct sampler_prompt *prompt,
	    const struct sampler_response *response, struct error *err);
	/* After each pass: progress, signals.  May be NULL. */
	int (*step)(void *context, const struct sampler_stats *stats,
	    struct error *err);
};

struct sampler_options {
	struct sampling sampling;
	uint64_t seed;
	size_t slots;        /* concurrent sequences */
	size_t max_prompt;   /* tokens, for the sizes of buffers */
	size_t max_response;
	size_t kv_bytes;     /* key-value cache; 0: what all slots need, but */
	                     /* at most what the kernels' memory_plan says */
};

/*
 * sampler_run(m, options, calls, stats, err):
 * Draw all responses to all prompts, continuously batched: a slot takes the
 * next response the moment its own ends, a prompt is prefilled once and its N
 * samples share the full pages of its cache.  Sequences are admitted as long
 * as what they have now fits; when the cache runs out, the youngest ones leave
 * it and are computed again later, so that the oldest always goes on.  A
 * response depends on (seed, key, sample) and the prompt alone, not on slots,
 * threads, the cache's size or other prompts.  Returns 0, or -1:
 * STATUS_TEMPFAIL (memory; a cache too small for one sequence),
 * STATUS_INTERNAL (logits that are not finite), or what a call said.
 */
int sampler_run(struct model *m, const struct sampler_options *options,
    const struct sampler_calls *calls, struct sampler_stats *stats,
    struct error *err);

#endif
