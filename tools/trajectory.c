/* From trajectory records to tokens, advantages and logprobs. */
#include "tools/trajectory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"
#include "lib/model/critic.h"

static int
add_field(struct trajectory *t, const json_t *record, const char *name,
    const struct config *config, size_t *count, struct error *err)
{
	int32_t *ids = NULL;
	int r;

	if (field_ints(record, name, &ids, count, err))
		return -1;
	r = ids_append(&t->tokens, ids, *count) == 0 ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "no memory");
	for (size_t i = 0; r == 0 && i < *count; i++)
		if (ids[i] < 0 || (size_t)ids[i] >= config->vocab)
			r = error_set(err, STATUS_DATA, "%s[%zu]: %d is not a "
			    "token of the model's %zu", name, i, (int)ids[i],
			    config->vocab);
	free(ids);
	return r;
}

/* The token that ends a turn: the tokenizer's if the model stops at it. */
static int32_t
end_token(const struct prompt *p, const struct config *c)
{
	int32_t eos = tokenizer_eos(p->tokenizer);

	if (eos >= 0 && config_stops(c, eos))
		return eos;
	return c->stop_count > 0 ? c->stop_tokens[0] : -1;
}

static int
tokenise(struct trajectory *t, const json_t *record, struct prompt *p,
    const struct config *config, struct error *err)
{
	size_t length;
	const char *text = field_string(record, "response", &length, err);
	int32_t end = end_token(p, config);

	if (text == NULL || prompt_encode(p, record, &t->tokens, err))
		return -1;
	t->prompt = t->tokens.length;
	if (tokenizer_encode(p->tokenizer, text, length, 0, &t->tokens, err))
		return -1;
	if (end >= 0 && ids_add(&t->tokens, end))
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	t->response = t->tokens.length - t->prompt;
	return prompt_check(&t->tokens, config->vocab, err);
}

/* ${value} for all tokens. */
static int
fill(struct trajectory *t, float **out, const char *name, double value,
    struct error *err)
{
	if (fabs(value) > FLT_MAX)
		return error_set(err, STATUS_DATA, "%s: out of range", name);
	*out = malloc((t->response + 1) * sizeof(**out));
	if (*out == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	for (size_t i = 0; i < t->response; i++)
		(*out)[i] = (float)value;
	return 0;
}

/* An array with a number for each token. */
static int
read_each(struct trajectory *t, float **out, const json_t *record,
    const char *name, struct error *err)
{
	size_t count;

	if (field_floats(record, name, out, &count, err))
		return -1;
	if (count != t->response)
		return error_set(err, STATUS_DATA, "%s: %zu numbers for %zu "
		    "response tokens", name, count, t->response);
	return 0;
}

static int
read_advantage(struct trajectory *t, const json_t *record, struct error *err)
{
	double value;

	if (json_is_array(json_object_get(record, "advantage"))) {
		if (read_each(t, &t->advantage, record, "advantage", err))
			return -1;
	} else if (field_real(record, "advantage", &value, err) ||
	    fill(t, &t->advantage, "advantage", value, err))
		return -1;
	t->zero = 1;
	for (size_t i = 0; i < t->response; i++)
		t->zero &= t->advantage[i] == 0;
	return 0;
}

/* The reward is the return of every token of an undiscounted episode. */
static int
read_returns(struct trajectory *t, const json_t *record, struct error *err)
{
	if (field_has(record, "returns"))
		return read_each(t, &t->returns, record, "returns", err);
	if (isnan(t->reward))
		return error_set(err, STATUS_DATA,
		    "returns: missing, and there is no reward");
	return fill(t, &t->returns, "reward", t->reward, err);
}

static int
read_score(struct trajectory *t, const struct config *config,
    struct error *err)
{
	struct critic_sequence s = {t->tokens.data, t->tokens.length,
	    t->prompt};

	if (isnan(t->reward))
		return error_set(err, STATUS_DATA, "reward: missing");
	if (t->reward < 0 || t->reward > 1)
		return error_set(err, STATUS_DATA, "reward: expected a number "
		    "from 0 to 1, to be a probability");
	t->score = critic_last(config, &s);
	return ids_add(&t->tokens, 0) == 0 ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "no memory");
}

static int
read_target(struct trajectory *t, const json_t *record,
    enum trajectory_target target, const struct config *config,
    struct error *err)
{
	switch (target) {
	case TRAJECTORY_RETURNS:
		return read_returns(t, record, err);
	case TRAJECTORY_REWARD:
		return read_score(t, config, err);
	default:
		return read_advantage(t, record, err);
	}
}

int
trajectory_read(struct trajectory *t, const json_t *record,
    enum trajectory_target target, struct prompt *prompt,
    const struct config *config, struct error *err)
{
	double temperature = 1;
	int r;

	memset(t, 0, sizeof(*t));
	if (field_has(record, "response_tokens"))
		r = add_field(t, record, "prompt_tokens", config, &t->prompt,
		    err) || add_field(t, record, "response_tokens", config,
		    &t->response, err) ? -1 : 0;
	else
		r = tokenise(t, record, prompt, config, err);
	if (r == 0 && field_has(record, "temperature"))
		r = field_real(record, "temperature", &temperature, err);
	if (r == 0 && (temperature < FLT_MIN || temperature > FLT_MAX))
		r = error_set(err, STATUS_DATA,
		    "temperature: expected a positive number");
	if (r == 0 && t->prompt == 0)
		r = error_set(err, STATUS_DATA, "prompt_tokens: empty");
	if (r == 0 && field_has(record, "logprobs"))
		r = read_each(t, &t->logprobs, record, "logprobs", err);
	t->temperature = (float)temperature;
	t->reward = NAN;
	if (r == 0 && field_has(record, "reward"))
		r = field_real(record, "reward", &t->reward, err);
	if (r == 0)
		r = read_target(t, record, target, config, err);
	if (r)
		trajectory_free(t);
	return r;
}

struct sequence
trajectory_sequence(const struct trajectory *t)
{
	return (struct sequence){t->tokens.data, t->tokens.length, t->prompt,
	    t->temperature, t->normed};
}

void
trajectory_free(struct trajectory *t)
{
	ids_free(&t->tokens);
	free(t->advantage);
	free(t->returns);
	free(t->logprobs);
	free(t->old);
	free(t->reference);
	free(t->normed);
	memset(t, 0, sizeof(*t));
}
