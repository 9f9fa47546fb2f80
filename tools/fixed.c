/* Logprobs that are computed once a buffer, and the model that made them. */
#include "tools/fixed.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/signals.h"
#include "lib/io/tool.h"
#include "lib/text/tokenizer.h"

/* Where the rows of a pass go. */
struct sink {
	struct trajectory *list;
	const size_t *active;
	const struct pass *pass;
	int reference, full;
};

static int
keep(void *context, const struct loss_rows *rows)
{
	struct sink *s = context;
	struct trajectory *t = &s->list[s->active[rows->sequence]];
	const struct model *m = s->pass->model;
	float *out = s->reference ? t->reference : t->old;

	memcpy(out + rows->first, rows->logprob,
	    rows->n * sizeof(*out));
	if (s->full)
		pass_normed(s->pass, rows, (char *)t->normed + rows->first *
		    m->config.hidden * dtype_bytes(m->type));
	return signals_pending();
}

/* The next `batch` trajectories from `*at` on that are passed. */
static size_t
take(const struct fixed *f, size_t *at, struct sequence *sequences,
    size_t *active)
{
	size_t n = 0;

	for (; *at < f->count && n < f->batch; ++*at)
		if (!f->skipped[*at]) {
			active[n] = *at;
			sequences[n++] = trajectory_sequence(&f->list[*at]);
		}
	return n;
}

/* Room for one batch at least; both are freed by the caller. */
static int
lists_new(const struct fixed *f, struct sequence **sequences, size_t **active,
    struct error *err)
{
	*sequences = calloc(f->count + 1, sizeof(**sequences));
	*active = calloc(f->count + 1, sizeof(**active));
	return *sequences != NULL && *active != NULL ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "no memory");
}

static int
fill(const struct fixed *f, struct pass *p, struct sink *sink,
    struct error *err)
{
	struct sequence *sequences;
	size_t *active, at = 0, n;
	int r = lists_new(f, &sequences, &active, err);

	sink->active = active;
	sink->pass = p;
	while (r == 0 && (n = take(f, &at, sequences, active)) > 0)
		if (pass_forward(p, sequences, n, keep, sink))
			r = tool_interrupted(err);
	free(sequences);
	free(active);
	return r;
}

int
fixed_old(const struct fixed *f, struct trainer *t, struct error *err)
{
	struct sink sink = {.list = f->list};

	for (size_t i = 0; i < f->count; i++) {
		struct trajectory *j = &f->list[i];

		if (f->skipped[i])
			continue;
		j->old = calloc(j->response, sizeof(*j->old));
		if (j->old == NULL)
			return error_set(err, STATUS_TEMPFAIL, "no memory "
			    "for logprobs");
	}
	return fill(f, trainer_pass(t), &sink, err);
}

int
fixed_load(struct fixed_reference *r, const char *dir, struct kernels *k,
    const struct engine *e, const struct config *policy, struct error *err)
{
	const struct config *c = &r->checkpoint.config;

	if (checkpoint_open(&r->checkpoint, dir, 1, 0, err))
		return -1;
	if (c->vocab != policy->vocab)
		return error_set(err, STATUS_DATA, "%s/config.json: "
		    "vocab_size: the reference has %zu tokens, the policy %zu",
		    dir, c->vocab, policy->vocab);
	if (frozen_open(&r->frozen, k, c, engine_type(e, c),
	    r->checkpoint.weights, err))
		return -1;
	checkpoint_release(&r->checkpoint);
	return 0;
}

/* Whether each id stands for the same bytes. */
static int
check_tokens(const char *dir, const struct tokenizer *policy, size_t vocab,
    struct error *err)
{
	struct tokenizer *t = tokenizer_open(dir, err);
	int r = t == NULL ? -1 : 0;

	for (size_t i = 0; r == 0 && i < vocab; i++) {
		size_t n, m;
		const char *a = tokenizer_bytes(t, (int32_t)i, &n);
		const char *b = tokenizer_bytes(policy, (int32_t)i, &m);

		if (n != m || (n > 0 && memcmp(a, b, n) != 0))
			r = error_set(err, STATUS_DATA, "%s/tokenizer.json: "
			    "token %zu is not the policy's", dir, i);
	}
	tokenizer_close(t);
	return r;
}

static int
reserve(struct fixed_reference *r, const struct fixed *f, struct error *err)
{
	struct microbatch_room room;
	struct sequence *sequences;
	struct fixed all = *f;
	size_t *active, at = 0, n;
	int bad = lists_new(f, &sequences, &active, err);

	all.batch = f->count;
	if (bad == 0) {
		n = take(&all, &at, sequences, active);
		bad = microbatch_room(&room, sequences, n, f->batch,
		    f->micro_tokens) ? error_set(err, STATUS_TEMPFAIL,
		    "no memory") : frozen_reserve(&r->frozen, &room, err);
	}
	free(sequences);
	free(active);
	return bad;
}

static int
allocate(struct trajectory *t, const struct model *m, int full)
{
	size_t unit = dtype_bytes(m->type);

	t->reference = calloc(t->response, sizeof(*t->reference));
	if (full)
		t->normed = calloc(t->response, m->config.hidden * unit);
	return t->reference == NULL || (full && t->normed == NULL) ? -1 : 0;
}

int
fixed_pass(struct fixed_reference *r, const struct fixed *f,
    const struct prompt *policy, int full, struct error *err)
{
	struct sink sink = {.list = f->list, .reference = 1, .full = full};
	const char *dir = r->checkpoint.dir;

	if ((policy != NULL && check_tokens(dir, policy->tokenizer,
	    r->checkpoint.config.vocab, err)) || reserve(r, f, err))
		return error_prefix(err, "--ref: ");
	for (size_t i = 0; i < f->count; i++)
		if (!f->skipped[i] && allocate(&f->list[i], r->frozen.model,
		    full))
			return error_set(err, STATUS_TEMPFAIL, "no memory for "
			    "what the reference says");
	if (fill(f, &r->frozen.pass, &sink, err))
		return -1;
	if (full)
		r->head = frozen_take_head(&r->frozen);
	frozen_close(&r->frozen);
	return 0;
}

void
fixed_free(struct fixed_reference *r, struct kernels *k)
{
	frozen_close(&r->frozen);
	if (k != NULL)
		head_reference_free(&r->head, k);
	checkpoint_close(&r->checkpoint);
}
