#ifndef TOOLS_TRAJECTORY_H
#define TOOLS_TRAJECTORY_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/model/config.h"
#include "lib/model/microbatch.h"
#include "lib/text/ids.h"
#include "tools/prompt.h"

/* What a record must have to be learnt from. */
enum trajectory_target {
	TRAJECTORY_ADVANTAGE, /* a number, or one a response token */
	TRAJECTORY_RETURNS,   /* one a response token, or the reward for all */
	TRAJECTORY_REWARD     /* from 0 to 1 */
};

/* What the update needs of a trajectory record. */
struct trajectory {
	struct ids tokens;  /* prompt, then response; with TRAJECTORY_REWARD
	                     * one more, so that the value behind the last
	                     * is among those that a pass gives */
	size_t prompt;      /* tokens of the prompt */
	size_t response;    /* tokens of the response */
	float temperature;
	float *advantage;   /* (response), or NULL */
	float *returns;     /* (response), or NULL */
	size_t score;       /* which value is the score, as critic_last */
	float *logprobs;    /* (response); NULL where the record has none */
	int zero;           /* all advantages are 0 */
	double reward;      /* NaN where the record has none */
	size_t group;       /* consecutive trajectories with its id */
	int equal;          /* the group's rewards are all equal */
	/* Filled in later: NULL where they aren't needed. */
	float *old;         /* (response) log P of the first step's policy */
	float *reference;   /* (response) log P of the reference */
	void *normed;       /* (response, C') its head's input */
};

/*
 * trajectory_read(t, record, target, prompt, config, err):
 * Fill ${t} from ${record}.  A record without response_tokens (a solution for
 * supervised fine-tuning) is tokenised: prompt by ${prompt}, `response` and the
 * end-of-turn token.  Checked: token ids within the vocabulary, lengths of
 * logprobs, advantage and returns, numbers finite.  Returns 0, or -1
 * (STATUS_DATA, naming the field).  Free with trajectory_free.
 */
int trajectory_read(struct trajectory *t, const json_t *record,
    enum trajectory_target target, struct prompt *prompt,
    const struct config *config, struct error *err);

/* As a model takes it; borrowed. */
struct sequence trajectory_sequence(const struct trajectory *t);

void trajectory_free(struct trajectory *t);

#endif
