#ifndef TOOLS_ROLLOUT_H
#define TOOLS_ROLLOUT_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/model/sampler.h"
#include "lib/text/decoder.h"
#include "lib/text/ids.h"
#include "lib/text/tokenizer.h"

/* A response as it was drawn. */
struct rollout_response {
	int32_t *tokens;       /* (length) */
	float *logprobs;       /* (length) */
	size_t length;
	enum finish finish;
};

/* One prompt on its way to N trajectories. */
struct rollout {
	json_t *record;        /* the prompt's fields */
	struct ids tokens;     /* of the prompt */
	size_t samples;        /* N */
	size_t done;
	struct rollout_response *responses; /* (N) */
	struct tail *tails;    /* (N) text in which stop strings are sought */
};

/* What a sample's text ends with, as far as it is certain. */
struct tail {
	struct decoder decoder;
	struct buffer text;
};

/* What all trajectories of a run have in common. */
struct rollout_common {
	const struct tokenizer *tokenizer;
	const char *model;
	uint64_t iteration, seed;
	double temperature;
	const char *const *stops; /* (stop_count) */
	size_t stop_count;
};

/* Take over ${record} and ${tokens}; NULL when memory ran out. */
struct rollout *rollout_new(json_t *record, struct ids *tokens,
    size_t samples);
void rollout_free(struct rollout *r);

/* Whether the token completes a stop string in the sample's text. */
int rollout_stops(struct rollout *r, const struct rollout_common *c,
    size_t sample, int32_t token);

/* Keep a copy of a response; 0, or -1 when memory ran out. */
int rollout_keep(struct rollout *r, const struct sampler_response *response,
    struct error *err);

/* A new trajectory record of the response to a sample; NULL with an error. */
json_t *rollout_record(const struct rollout *r,
    const struct rollout_common *c, size_t sample, struct error *err);

#endif
