/* Gradients of a loss over sequences by micro-batches, and optimiser steps. */
#include "lib/model/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"

static void
state_carve(struct trainer *t, struct arena *a)
{
	size_t bytes = t->model->parameters.total * sizeof(float);

	t->master = arena_take(a, bytes);
	t->gradient = arena_take(a, bytes);
	t->m = arena_take(a, bytes);
	t->v = arena_take(a, bytes);
}

struct trainer *
trainer_new(struct kernels *k, const struct config *config, enum dtype type,
    struct error *err)
{
	struct trainer *t = calloc(1, sizeof(*t));
	struct arena a = {0};

	if (t == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	t->fresh = t->clean = 1;
	t->model = model_new(k, config, type, 0, 1, err);
	if (t->model == NULL)
		goto out;
	state_carve(t, &a);
	a.base = t->state = k->alloc(k, a.used);
	if (t->state == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory for weights, "
		    "gradient and moments: %zu bytes", a.used);
		goto out;
	}
	t->bytes = a.used;
	a.used = 0;
	state_carve(t, &a);
	return t;
out:
	trainer_free(t);
	return NULL;
}

static int
host_new(struct trainer *t, const struct microbatch_room *room)
{
	t->logprob = calloc(room->rows, sizeof(*t->logprob));
	t->entropy = calloc(room->rows, sizeof(*t->entropy));
	t->dlogprob = calloc(room->rows, sizeof(*t->dlogprob));
	t->dentropy = calloc(room->rows, sizeof(*t->dentropy));
	return t->logprob == NULL || t->entropy == NULL ||
	    t->dlogprob == NULL || t->dentropy == NULL ||
	    microbatch_new(&t->micro, room) ? -1 : 0;
}

int
trainer_reserve(struct trainer *t, const struct microbatch_room *room,
    enum workspace_mode mode, struct error *err)
{
	struct kernels *k = t->model->kernels;
	struct arena a = {0};

	if (model_reach(t->model, room->positions, err))
		return -1;
	t->work = workspace_begin(t->model, mode, room->rows, room->sequences,
	    room->pages, err);
	if (t->work == NULL)
		return -1;
	t->head = head_begin(t->model, head_chunk(t->model, room->rows), 1,
	    err);
	if (t->head == NULL)
		return -1;
	workspace_carve(t->work, &a);
	head_carve(t->head, &a);
	a.base = t->room = k->alloc(k, a.used);
	if (t->room == NULL || host_new(t, room))
		return error_set(err, STATUS_TEMPFAIL, "no memory for the "
		    "activations of %zu tokens: %zu bytes", room->rows,
		    a.used);
	t->bytes += a.used;
	a.used = 0;
	workspace_carve(t->work, &a);
	head_carve(t->head, &a);
	return 0;
}

void
trainer_free(struct trainer *t)
{
	if (t == NULL)
		return;
	head_free(t->head);
	workspace_free(t->work);
	if (t->model != NULL) {
		t->model->kernels->free(t->model->kernels, t->state);
		t->model->kernels->free(t->model->kernels, t->room);
	}
	model_free(t->model);
	microbatch_free(&t->micro);
	free(t->logprob);
	free(t->entropy);
	free(t->dlogprob);
	free(t->dentropy);
	free(t);
}

static size_t
responses_of(const struct sequence *s)
{
	return s->length - s->prompt;
}

/*
 * Where a chunk of the head's rows begins: token `offset` of entry `i`'s
 * response, the `done`th of the micro-batch.
 */
struct cursor {
	size_t i, offset, done;
};

static const struct sequence *
entry(const struct trainer *t, size_t i)
{
	return t->micro.order[i].sequence;
}

/* Rows until the head is full or the temperature changes. */
static size_t
chunk_rows(const struct trainer *t, struct cursor c)
{
	float temperature = entry(t, c.i)->temperature;
	size_t rows = 0;

	while (c.i < t->micro.to && rows < t->head->rows &&
	    entry(t, c.i)->temperature == temperature) {
		rows += responses_of(entry(t, c.i)) - c.offset;
		c.offset = 0;
		c.i++;
	}
	return rows < t->head->rows ? rows : t->head->rows;
}

/* Ask for the gradients of `rows` rows, sequence by sequence, and move on. */
static int
chunk_loss(struct trainer *t, struct cursor *c, size_t rows,
    trainer_loss *loss, void *context)
{
	memset(t->dentropy + c->done, 0, rows * sizeof(*t->dentropy));
	while (rows > 0) {
		size_t left = responses_of(entry(t, c->i)) - c->offset;
		size_t n = rows < left ? rows : left;
		struct loss_rows piece = {microbatch_number(&t->micro, c->i),
		    c->offset, n, t->logprob + c->done, t->entropy + c->done,
		    t->dlogprob + c->done, t->dentropy + c->done};
		int r = loss(context, &piece);

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

/* The head's forward, the loss, and the head's backward, chunk by chunk. */
static int
head_gradient(struct trainer *t, trainer_loss *loss, void *context)
{
	const struct microbatch *m = &t->micro;
	struct cursor c = {m->from, 0, 0};

	while (c.done < m->responses) {
		float temperature = entry(t, c.i)->temperature;
		size_t at = c.done, rows = chunk_rows(t, c);
		double start = clock_seconds();
		int r;

		head_logits(t->head, t->work->out, m->index + at, rows);
		head_logprob(t->head, t->logprob + at, t->entropy + at,
		    m->target + at, temperature, rows);
		t->done.forward += clock_seconds() - start;
		r = chunk_loss(t, &c, rows, loss, context);
		if (r != 0)
			return r;
		start = clock_seconds();
		head_backward(t->head, t->work->dx, t->gradient,
		    t->dlogprob + at, t->dentropy + at, temperature, rows);
		t->done.backward += clock_seconds() - start;
	}
	return 0;
}

static int
micro_gradient(struct trainer *t, trainer_loss *loss, void *context)
{
	struct kernels *k = t->model->kernels;
	const struct microbatch *m = &t->micro;
	double start = clock_seconds();
	int r;

	workspace_set_copies(t->work, m->copies, m->copy_count);
	transformer_forward(t->work, &m->batch);
	k->zero(k, t->work->dx, m->batch.rows * t->model->config.hidden *
	    sizeof(float));
	t->done.forward += clock_seconds() - start;
	r = head_gradient(t, loss, context);
	if (r != 0)
		return r;
	start = clock_seconds();
	transformer_backward(t->work, t->gradient);
	t->done.backward += clock_seconds() - start;
	t->done.work.passes++;
	t->done.work.rows += m->batch.rows;
	t->done.work.logits += m->responses;
	t->done.work.keys += m->pairs;
	return 0;
}

int
trainer_gradient(struct trainer *t, const struct sequence *sequences, size_t n,
    trainer_loss *loss, void *context)
{
	struct kernels *k = t->model->kernels;
	double start = clock_seconds();

	if (t->stale)
		model_set(t->model, t->master);
	t->stale = 0;
	t->done.optimiser += clock_seconds() - start;
	if (!t->clean)
		k->zero(k, t->gradient, t->model->parameters.total *
		    sizeof(float));
	t->clean = 0;
	microbatch_begin(&t->micro, sequences, n);
	while (microbatch_next(&t->micro)) {
		int r = micro_gradient(t, loss, context);

		if (r != 0)
			return r;
	}
	return 0;
}

double
trainer_gradient_norm(struct trainer *t)
{
	struct kernels *k = t->model->kernels;
	double start = clock_seconds();
	double norm = sqrt(k->sum_squares(k, t->gradient,
	    t->model->parameters.total));

	t->done.optimiser += clock_seconds() - start;
	return norm;
}

void
trainer_step(struct trainer *t, struct adamw *options)
{
	struct kernels *k = t->model->kernels;
	const struct parameters *p = &t->model->parameters;
	double start = clock_seconds();

	options->step = ++t->step;
	options->decayed = p->matrices;
	k->adamw_step(k, t->master, t->m, t->v, t->gradient, options, p->total);
	t->fresh = 0;
	t->clean = t->stale = 1;
	t->done.steps++;
	t->done.optimiser += clock_seconds() - start;
}
