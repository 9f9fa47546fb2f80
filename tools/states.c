/* The tokens of a record whose states are to be valued. */
#include "tools/states.h"

#include <stdlib.h>

#include "lib/io/field.h"

static int
add_tokens(struct states *s, const json_t *record, const char *name,
    struct error *err)
{
	int32_t *ids = NULL;
	size_t count;
	int r;

	if (field_ints(record, name, &ids, &count, err) != 0)
		return -1;
	r = ids_append(&s->tokens, ids, count);
	free(ids);
	return r == 0 ? 0 : error_set(err, STATUS_TEMPFAIL, "no memory");
}

int
states_read(struct states *s, const json_t *record, struct error *err)
{
	s->tokens.length = 0;
	if (add_tokens(s, record, "prompt_tokens", err) != 0)
		return -1;
	s->prompt = s->tokens.length;
	return s->prompt > 0 ? add_tokens(s, record, "response_tokens", err) :
	    error_set(err, STATUS_DATA, "prompt_tokens: empty");
}

int
states_check(const struct states *s, const struct config *c,
    struct error *err)
{
	size_t n = s->tokens.length;

	for (size_t i = 0; i < n; i++) {
		int32_t id = s->tokens.data[i];

		if (id < 0 || (size_t)id >= c->vocab)
			return error_set(err, STATUS_DATA, "%s[%zu]: %d is "
			    "not a token of the model's %zu", i < s->prompt ?
			    "prompt_tokens" : "response_tokens",
			    i < s->prompt ? i : i - s->prompt, (int)id,
			    c->vocab);
	}
	return n <= c->max_positions ? 0 : error_set(err, STATUS_DATA,
	    "response_tokens: %zu tokens with the prompt, the model has %zu "
	    "positions", n, c->max_positions);
}

void
states_free(struct states *s)
{
	ids_free(&s->tokens);
}
