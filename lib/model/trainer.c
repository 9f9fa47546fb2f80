/* Gradients of a loss over sequences by micro-batches, and optimiser steps. */
#include "lib/model/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/pages.h"

static int
host_new(struct trainer *t)
{
	size_t T = t->work->rows, S = t->work->sequences;

	t->tokens = calloc(T, sizeof(*t->tokens));
	t->start = calloc(S + 1, sizeof(*t->start));
	t->first = calloc(S, sizeof(*t->first));
	t->pages = calloc(S * t->work->max_pages, sizeof(*t->pages));
	t->index = calloc(T, sizeof(*t->index));
	t->target = calloc(T, sizeof(*t->target));
	t->logprob = calloc(T, sizeof(*t->logprob));
	t->entropy = calloc(T, sizeof(*t->entropy));
	t->dlogprob = calloc(T, sizeof(*t->dlogprob));
	return t->tokens == NULL || t->start == NULL || t->first == NULL ||
	    t->pages == NULL || t->index == NULL || t->target == NULL ||
	    t->logprob == NULL || t->entropy == NULL || t->dlogprob == NULL ?
	    -1 : 0;
}

struct trainer *
trainer_new(struct kernels *k, const struct config *config, enum dtype type,
    size_t positions, size_t micro_tokens, enum workspace_mode mode,
    struct error *err)
{
	size_t rows = micro_tokens > positions ? micro_tokens : positions;
	struct trainer *t = calloc(1, sizeof(*t));
	size_t bytes, sequences;

	if (t == NULL)
		goto memory;
	t->micro_tokens = rows;
	t->model = model_new(k, config, type, positions, 1, err);
	if (t->model == NULL)
		goto out;
	/* Each sequence fills its last page in part only. */
	sequences = rows / KV_PAGE * 2 + 1;
	t->work = workspace_new(t->model, mode, rows, sequences,
	    pages_for(rows) + sequences, err);
	if (t->work == NULL)
		goto out;
	t->head = head_new(t->model, head_chunk(t->model, rows), 1, err);
	if (t->head == NULL)
		goto out;
	bytes = t->model->parameters.total * sizeof(float);
	t->master = k->alloc(k, bytes);
	t->gradient = k->alloc(k, bytes);
	if (t->master != NULL && t->gradient != NULL && host_new(t) == 0)
		return t;
memory:
	error_set(err, STATUS_TEMPFAIL, "no memory to train the model");
out:
	trainer_free(t);
	return NULL;
}

void
trainer_free(struct trainer *t)
{
	struct kernels *k;

	if (t == NULL)
		return;
	if (t->model != NULL) {
		k = t->model->kernels;
		k->free(k, t->master);
		k->free(k, t->gradient);
		k->free(k, t->m);
		k->free(k, t->v);
	}
	head_free(t->head);
	workspace_free(t->work);
	model_free(t->model);
	free(t->tokens);
	free(t->start);
	free(t->first);
	free(t->pages);
	free(t->index);
	free(t->target);
	free(t->logprob);
	free(t->entropy);
	free(t->dlogprob);
	free(t);
}

/* A micro-batch: consecutive sequences, packed without padding. */
struct micro {
	const struct sequence *sequences;
	size_t from, to;   /* of them */
	struct batch batch;
	size_t responses;  /* response tokens */
};

/* The last token of a sequence predicts nothing: it has no row. */
static size_t
rows_of(const struct sequence *s)
{
	return s->length - 1;
}

static void
pack_sequence(struct trainer *t, struct micro *m, size_t i, uint32_t *page)
{
	const struct sequence *s = &m->sequences[i];
	size_t slot = i - m->from, row = m->batch.rows;

	memcpy(t->tokens + row, s->tokens, rows_of(s) * sizeof(*s->tokens));
	t->start[slot] = (uint32_t)row;
	t->first[slot] = 0;
	for (size_t p = 0; p < pages_for(rows_of(s)); p++)
		t->pages[slot * t->work->max_pages + p] = (*page)++;
	for (size_t j = s->prompt; j < s->length; j++) {
		t->index[m->responses] = (uint32_t)(row + j - 1);
		t->target[m->responses++] = s->tokens[j];
	}
	m->batch.rows += rows_of(s);
}

/* Fill in the next micro-batch from sequence m->from on. */
static void
pack(struct trainer *t, struct micro *m, size_t n)
{
	uint32_t page = 0;
	size_t i;

	m->responses = 0;
	m->batch = (struct batch){.tokens = t->tokens, .start = t->start,
	    .first = t->first, .pages = t->pages,
	    .max_pages = t->work->max_pages};
	for (i = m->from; i < n; i++) {
		const struct sequence *s = &m->sequences[i];

		if (i > m->from &&
		    (m->batch.rows + rows_of(s) > t->micro_tokens ||
		    i - m->from == t->work->sequences ||
		    page + pages_for(rows_of(s)) > t->work->pages))
			break;
		pack_sequence(t, m, i, &page);
	}
	m->to = i;
	m->batch.sequences = i - m->from;
	t->start[m->batch.sequences] = (uint32_t)m->batch.rows;
}

static size_t
responses_of(const struct sequence *s)
{
	return s->length - s->prompt;
}

/*
 * Where a chunk of the head's rows begins: token `offset` of sequence `i`'s
 * response, the `done`th of the micro-batch.
 */
struct cursor {
	size_t i, offset, done;
};

/* Rows until the head is full or the temperature changes. */
static size_t
chunk_rows(const struct trainer *t, const struct micro *m, struct cursor c)
{
	float temperature = m->sequences[c.i].temperature;
	size_t rows = 0;

	while (c.i < m->to && rows < t->head->rows &&
	    m->sequences[c.i].temperature == temperature) {
		rows += responses_of(&m->sequences[c.i]) - c.offset;
		c.offset = 0;
		c.i++;
	}
	return rows < t->head->rows ? rows : t->head->rows;
}

/* Ask for dlogprob of `rows` rows, sequence by sequence, and move on. */
static int
chunk_loss(struct trainer *t, const struct micro *m, struct cursor *c,
    size_t rows, trainer_loss *loss, void *context)
{
	while (rows > 0) {
		size_t left = responses_of(&m->sequences[c->i]) - c->offset;
		size_t n = rows < left ? rows : left;
		int r = loss(context, c->i, c->offset, n,
		    t->logprob + c->done, t->entropy + c->done,
		    t->dlogprob + c->done);

		if (r != 0)
			return r;
		c->done += n;
		rows -= n;
		c->offset += n;
		if (n == left) {
			c->i++;
			c->offset = 0;
		}
	}
	return 0;
}

static int
micro_gradient(struct trainer *t, const struct micro *m, trainer_loss *loss,
    void *context)
{
	struct kernels *k = t->model->kernels;
	struct cursor c = {m->from, 0, 0};

	transformer_forward(t->work, &m->batch);
	k->zero(k, t->work->dx, m->batch.rows * t->model->config.hidden *
	    sizeof(float));
	while (c.done < m->responses) {
		float temperature = m->sequences[c.i].temperature;
		size_t at = c.done, rows = chunk_rows(t, m, c);
		int r;

		head_logits(t->head, t->work->out, t->index + at, rows);
		head_logprob(t->head, t->logprob + at, t->entropy + at,
		    t->target + at, temperature, rows);
		r = chunk_loss(t, m, &c, rows, loss, context);
		if (r != 0)
			return r;
		head_backward(t->head, t->work->dx, t->gradient,
		    t->dlogprob + at, temperature, rows);
	}
	transformer_backward(t->work, t->gradient);
	return 0;
}

int
trainer_gradient(struct trainer *t, const struct sequence *sequences, size_t n,
    trainer_loss *loss, void *context)
{
	struct kernels *k = t->model->kernels;
	struct micro m = {.sequences = sequences};

	k->zero(k, t->gradient, t->model->parameters.total * sizeof(float));
	for (m.from = 0; m.from < n; m.from = m.to) {
		int r;

		pack(t, &m, n);
		r = micro_gradient(t, &m, loss, context);
		if (r != 0)
			return r;
	}
	return 0;
}

double
trainer_gradient_norm(struct trainer *t)
{
	struct kernels *k = t->model->kernels;

	return sqrt(k->sum_squares(k, t->gradient,
	    t->model->parameters.total));
}

int
trainer_step(struct trainer *t, struct adamw *options, struct error *err)
{
	struct kernels *k = t->model->kernels;
	const struct parameters *p = &t->model->parameters;
	size_t bytes = p->total * sizeof(float);

	if (t->m == NULL)
		t->m = k->alloc(k, bytes);
	if (t->v == NULL)
		t->v = k->alloc(k, bytes);
	if (t->m == NULL || t->v == NULL)
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory for the optimiser's state");
	options->step = ++t->step;
	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		struct adamw o = *options;

		if (q->cols == 0)
			o.weight_decay = 0;
		k->adamw_step(k, t->master + q->offset, t->m + q->offset,
		    t->v + q->offset, t->gradient + q->offset, &o, q->count);
	}
	model_set(t->model, t->master);
	return 0;
}
