/* A value model's forward passes over batches of sequences. */
#include "lib/model/critic.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/signals.h"
#include "lib/model/checkpoint.h"
#include "lib/model/pass.h"

struct critic {
	struct model *model;
	size_t micro_tokens;
	struct microbatch_room room; /* for what was asked so far */
	struct pass pass;
	/* One batch's sequences, each with a token more, and where in the
	 * caller's array their values begin. */
	int32_t *tokens;
	struct sequence *list;
	size_t *at;
	float *values;
};

static size_t
responses_of(const struct critic_sequence *s)
{
	return s->length - s->prompt + 1;
}

static enum dtype
type_of(int dtype, const struct config *c)
{
	if (dtype == 0)
		return c->bf16 ? DTYPE_BF16 : DTYPE_F32;
	return dtype == 1 ? DTYPE_F32 : DTYPE_BF16;
}

struct critic *
critic_open(struct kernels *k, const char *dir, int dtype,
    size_t micro_tokens, struct error *err)
{
	struct critic *c = calloc(1, sizeof(*c));
	struct checkpoint from = {0};

	if (c == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	c->micro_tokens = micro_tokens;
	if (checkpoint_open_value(&from, dir, 1, 0, 0, err) == 0 &&
	    (c->model = model_new(k, &from.config, type_of(dtype,
	    &from.config), 0, 0, err)) != NULL &&
	    model_load(c->model, from.weights, err) == 0) {
		checkpoint_close(&from);
		return c;
	}
	checkpoint_close(&from);
	critic_close(c);
	return NULL;
}

void
critic_close(struct critic *c)
{
	if (c == NULL)
		return;
	pass_free(&c->pass);
	model_free(c->model);
	free(c->tokens);
	free(c->list);
	free(c->at);
	free(c);
}

const struct config *
critic_config(const struct critic *c)
{
	return &c->model->config;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Room for the batch in c->list and for all that there was room for. */
static int
reserve(struct critic *c, size_t n, struct error *err)
{
	struct microbatch_room r, *old = &c->room;

	if (microbatch_room(&r, c->list, n, n, c->micro_tokens) != 0)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	r.positions--; /* the token that was added has no row */
	if (r.positions <= old->positions && r.given <= old->given &&
	    r.rows <= old->rows && r.sequences <= old->sequences &&
	    r.pages <= old->pages)
		return 0;
	r.positions = larger(r.positions, old->positions);
	r.given = larger(r.given, old->given);
	r.rows = larger(r.rows, old->rows);
	r.sequences = larger(r.sequences, old->sequences);
	r.pages = larger(r.pages, old->pages);
	pass_free(&c->pass);
	c->room = (struct microbatch_room){0};
	if (pass_reserve(&c->pass, c->model, &r, WORKSPACE_SAMPLE, NULL, err))
		return -1;
	c->room = r;
	return 0;
}

/*
 * The batch as microbatch.h takes it.  There the last token predicts nothing
 * and has no row: with one more behind it, its own value is given too.
 */
static int
take(struct critic *c, const struct critic_sequence *list, size_t n,
    struct error *err)
{
	size_t tokens = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		tokens += list[i].length + 1;
	free(c->tokens);
	free(c->list);
	free(c->at);
	c->tokens = calloc(tokens + 1, sizeof(*c->tokens));
	c->list = calloc(n + 1, sizeof(*c->list));
	c->at = calloc(n + 1, sizeof(*c->at));
	if (c->tokens == NULL || c->list == NULL || c->at == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	tokens = 0;
	for (size_t i = 0; i < n; i++) {
		int32_t *to = c->tokens + tokens;

		memcpy(to, list[i].tokens, list[i].length * sizeof(*to));
		c->list[i] = (struct sequence){.tokens = to,
		    .length = list[i].length + 1, .prompt = list[i].prompt,
		    .temperature = 1};
		c->at[i] = at;
		tokens += list[i].length + 1;
		at += responses_of(&list[i]);
	}
	return 0;
}

/* pass_loss: some values to where they belong. */
static int
hand_out(void *context, const struct loss_rows *rows)
{
	struct critic *c = context;

	memcpy(c->values + c->at[rows->sequence] + rows->first, rows->logprob,
	    rows->n * sizeof(*c->values));
	return signals_pending();
}

int
critic_values(struct critic *c, float *values,
    const struct critic_sequence *list, size_t n, struct error *err)
{
	int stopped;

	if (n == 0)
		return 0;
	if (take(c, list, n, err) != 0 || reserve(c, n, err) != 0)
		return -1;
	c->values = values;
	stopped = pass_forward(&c->pass, c->list, n, hand_out, c);
	return stopped == 0 ? 0 :
	    error_set(err, (enum status)stopped, "interrupted");
}

size_t
critic_last(const struct config *c, const struct critic_sequence *s)
{
	size_t n = s->length;

	while (n > s->prompt && s->tokens[n - 1] == c->pad_token)
		n--;
	return n - s->prompt;
}
