/* Gradients of a loss over sequences by micro-batches, and optimiser steps. */
#include "lib/model/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"

/* What each pass adds to, and what each step goes through. */
static void
state_carve(struct trainer *t, struct arena *device, struct arena *gradient,
    struct arena *state)
{
	size_t bytes = t->model->parameters.total * sizeof(float);

	t->gradient = t->sum.arena = arena_take(gradient, bytes);
	gradient_carve(&t->sum, device);
	t->master = arena_take(state, bytes);
	t->m = arena_take(state, bytes);
	t->v = arena_take(state, bytes);
}

static int
state_new(struct trainer *t, enum offload offload, struct error *err)
{
	struct model *m = t->model;
	struct kernels *k = m->kernels;
	struct arena device = {0}, host = {0};
	struct arena *gradient = offload == OFFLOAD_GRADIENT ? &host : &device;
	struct arena *state = offload ? &host : &device;

	gradient_begin(&t->sum, k, &m->parameters, m->config.layers,
	    gradient == &host);
	state_carve(t, &device, gradient, state);
	t->bytes = device.used;
	t->host_bytes = host.used;
	device.base = t->state = k->alloc(k, t->bytes);
	if (t->state == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory for "
		    "weights, gradient and moments: %zu bytes", t->bytes);
	if (offload)
		host.base = t->host = k->alloc_host(k, t->host_bytes);
	if (offload && t->host == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no host memory for "
		    "masters and moments: %zu bytes", t->host_bytes);
	device.used = host.used = 0;
	state_carve(t, &device, gradient, state);
	return offload ? model_own_embedding(m, err) : 0;
}

struct trainer *
trainer_new(struct kernels *k, const struct config *config, enum dtype type,
    enum offload offload, struct error *err)
{
	struct trainer *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	t->fresh = t->clean = 1;
	t->model = model_new(k, config, type, 0, 1, err);
	if (t->model != NULL && state_new(t, offload, err) == 0)
		return t;
	trainer_free(t);
	return NULL;
}

int
trainer_reserve(struct trainer *t, const struct microbatch_room *room,
    enum workspace_mode mode, struct error *err)
{
	t->bytes -= t->pass.bytes;
	pass_free(&t->pass);
	if (pass_reserve(&t->pass, t->model, room, mode, t->reference, err))
		return -1;
	t->bytes += t->pass.bytes;
	return 0;
}

void
trainer_free(struct trainer *t)
{
	if (t == NULL)
		return;
	pass_free(&t->pass);
	if (t->model != NULL) {
		t->model->kernels->free(t->model->kernels, t->state);
		t->model->kernels->free_host(t->model->kernels, t->host);
	}
	model_free(t->model);
	free(t);
}

static int
on_host(const struct trainer *t, const float *p)
{
	const char *from = t->host, *c = (const char *)p;

	return from != NULL && c >= from && c < from + t->host_bytes;
}

void
trainer_put(struct trainer *t, float *out, const float *host, size_t n)
{
	struct kernels *k = t->model->kernels;

	if (on_host(t, out))
		memcpy(out, host, n * sizeof(*out));
	else
		k->upload(k, out, host, n * sizeof(*out));
}

void
trainer_get(struct trainer *t, float *host, const float *in, size_t n)
{
	struct kernels *k = t->model->kernels;

	if (on_host(t, in))
		memcpy(host, in, n * sizeof(*host));
	else
		k->download(k, host, in, n * sizeof(*host));
}

/* The weights as the masters are. */
static void
refresh(struct trainer *t)
{
	double start = clock_seconds();

	if (t->stale)
		model_set(t->model, t->master);
	t->stale = 0;
	t->done.optimiser += clock_seconds() - start;
}

/* The backward of the head's chunk. */
static void
chunk_backward(struct trainer *t)
{
	struct pass *p = &t->pass;
	size_t at = p->at.done;
	struct head_loss loss = {p->dlogprob + at, p->dentropy + at,
	    p->dkl + at};
	double start = clock_seconds();

	if (p->head == NULL)
		valuehead_backward(p->value, p->work->dx, &t->sum,
		    loss.dlogprob, p->rows);
	else
		head_backward(p->head, p->work->dx, &t->sum, &loss,
		    p->temperature, p->rows);
	t->done.backward += clock_seconds() - start;
}

/* The head's forward, the loss, and the head's backward, chunk by chunk. */
static int
head_gradient(struct trainer *t, pass_loss *loss, void *context)
{
	struct pass *p = &t->pass;

	if (t->whole) {
		int r;

		while (pass_chunk(p))
			;
		r = pass_loss_whole(p, loss, context);
		if (r != 0)
			return r;
		pass_rewind(p);
	}
	while (pass_chunk(p)) {
		int r = t->whole ? 0 : pass_loss_chunk(p, loss, context);

		if (r != 0)
			return r;
		chunk_backward(t);
	}
	return 0;
}

static int
micro_gradient(struct trainer *t, pass_loss *loss, void *context)
{
	struct kernels *k = t->model->kernels;
	double start = clock_seconds();
	int r;

	k->zero(k, t->pass.work->dx, t->pass.micro.batch.rows *
	    t->model->config.hidden * sizeof(float));
	t->done.forward += clock_seconds() - start;
	gradient_pass(&t->sum);
	gradient_next(&t->sum);
	r = head_gradient(t, loss, context);
	if (r != 0)
		return r;
	start = clock_seconds();
	transformer_backward(t->pass.work, &t->sum);
	gradient_pass_end(&t->sum);
	t->done.backward += clock_seconds() - start;
	return 0;
}

int
trainer_gradient(struct trainer *t, const struct sequence *sequences, size_t n,
    pass_loss *loss, void *context)
{
	int r = 0;

	refresh(t);
	gradient_clear(&t->sum, t->clean);
	t->clean = 0;
	pass_begin(&t->pass, sequences, n);
	while (r == 0 && pass_next(&t->pass))
		r = micro_gradient(t, loss, context);
	gradient_done(&t->sum);
	t->done.forward += t->pass.done.forward;
	cost_sum(&t->done.work, &t->pass.done.work);
	return r;
}

struct pass *
trainer_pass(struct trainer *t)
{
	refresh(t);
	return &t->pass;
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
