/* From a prompt and sampled tokens to trajectory records. */
#include "tools/rollout.h"

#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"

struct rollout *
rollout_new(json_t *record, struct ids *tokens, size_t samples)
{
	struct rollout *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->samples = samples;
	r->responses = calloc(samples, sizeof(*r->responses));
	r->tails = calloc(samples, sizeof(*r->tails));
	if (r->responses == NULL || r->tails == NULL) {
		rollout_free(r);
		return NULL;
	}
	r->record = json_incref(record);
	r->tokens = *tokens;
	memset(tokens, 0, sizeof(*tokens));
	return r;
}

void
rollout_free(struct rollout *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->samples; i++) {
		if (r->responses != NULL) {
			free(r->responses[i].tokens);
			free(r->responses[i].logprobs);
		}
		if (r->tails != NULL)
			buffer_free(&r->tails[i].text);
	}
	free(r->responses);
	free(r->tails);
	json_decref(r->record);
	ids_free(&r->tokens);
	free(r);
}

int
rollout_stops(struct rollout *r, const struct rollout_common *c,
    size_t sample, int32_t token)
{
	struct tail *t = &r->tails[sample];
	size_t before = t->text.length;

	if (c->stop_count == 0 ||
	    decoder_feed(&t->decoder, c->tokenizer, token, 1, &t->text))
		return 0;
	for (size_t i = 0; i < c->stop_count; i++) {
		size_t n = strlen(c->stops[i]);
		size_t from = before > n ? before - n : 0;

		if (t->text.length >= n && t->text.length > from &&
		    memmem(t->text.data + from, t->text.length - from,
		    c->stops[i], n) != NULL)
			return 1;
	}
	return 0;
}

int
rollout_keep(struct rollout *r, const struct sampler_response *response,
    struct error *err)
{
	struct rollout_response *kept = &r->responses[response->sample];
	size_t n = response->length;

	kept->tokens = malloc(n * sizeof(*kept->tokens));
	kept->logprobs = malloc(n * sizeof(*kept->logprobs));
	if (kept->tokens == NULL || kept->logprobs == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	memcpy(kept->tokens, response->tokens, n * sizeof(*kept->tokens));
	memcpy(kept->logprobs, response->logprobs,
	    n * sizeof(*kept->logprobs));
	kept->length = n;
	kept->finish = response->finish;
	r->done++;
	return 0;
}

static int
set_response(json_t *t, const struct rollout_common *c,
    const struct rollout_response *response, struct error *err)
{
	struct buffer text = {0};
	int r = tokenizer_decode(c->tokenizer, response->tokens,
	    response->length, 1, &text, err);

	if (r == 0)
		r = field_set_string(t, "response",
		    text.data != NULL ? text.data : "", text.length, err);
	buffer_free(&text);
	return r;
}

json_t *
rollout_record(const struct rollout *r, const struct rollout_common *c,
    size_t sample, struct error *err)
{
	static const char *const names[] = {"stop", "length", "string"};
	const struct rollout_response *response = &r->responses[sample];
	const char *finish = names[response->finish];
	json_t *t = json_copy(r->record);

	if (t == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	if (field_set_u64(t, "sample", sample, err) == 0 &&
	    field_set_string(t, "model", c->model, strlen(c->model),
	    err) == 0 &&
	    field_set_u64(t, "iteration", c->iteration, err) == 0 &&
	    field_set_u64(t, "seed", c->seed, err) == 0 &&
	    field_set_real(t, "temperature", c->temperature, err) == 0 &&
	    field_set_ints(t, "prompt_tokens", r->tokens.data,
	    r->tokens.length, err) == 0 &&
	    set_response(t, c, response, err) == 0 &&
	    field_set_ints(t, "response_tokens", response->tokens,
	    response->length, err) == 0 &&
	    field_set_floats(t, "logprobs", response->logprobs,
	    response->length, err) == 0 &&
	    field_set_string(t, "finish", finish, strlen(finish), err) == 0)
		return t;
	json_decref(t);
	return NULL;
}
