/*
 * A pass through the model and the draws from its logits.  plan.c says what it
 * computes, slots.c what becomes of the tokens.
 */
#include "lib/model/flights.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FLIGHTS 2

/* A pass that was begun: whose tokens it draws. */
struct flight {
	struct target *targets; /* (slots) */
	size_t count;
	void *drawn;            /* as struct flights' */
};

/* Draws of jobs' first tokens, as many as fit a chunk of logits. */
struct firsts {
	struct parcel parcel;
	struct draw *draw;      /* (rows), host as what follows */
	uint32_t *index;
	struct target *targets;
	int32_t *token;
	float *logprob;
	void *drawn;            /* (rows) tokens, then logprobs: device */
	size_t count;
};

struct flights {
	struct head *head;
	struct parcel parcel;
	struct draw *draw;      /* (slots) host */
	void *drawn;            /* (slots) tokens, then logprobs: device */
	struct firsts first;
	struct flight list[FLIGHTS];
	size_t begun, landed;
	void *memory;           /* the device's */
};

static size_t
drawn_space(size_t n)
{
	return n * (sizeof(int32_t) + sizeof(float));
}

static float *
logprobs_of(void *drawn, size_t n)
{
	return (float *)(void *)((int32_t *)drawn + n);
}

static void
carve(struct sampler *s, struct arena *a)
{
	struct flights *d = s->flights;

	d->parcel.device = arena_take(a, d->parcel.bytes);
	d->first.parcel.device = arena_take(a, d->first.parcel.bytes);
	d->drawn = arena_take(a, drawn_space(s->options->slots));
	d->first.drawn = arena_take(a, drawn_space(d->head->final.rows));
}

static int
device_new(struct sampler *s)
{
	struct kernels *k = s->model->kernels;
	struct arena a = {0};

	carve(s, &a);
	a.base = s->flights->memory = k->alloc(k, a.used);
	if (a.base == NULL)
		return -1;
	a.used = 0;
	carve(s, &a);
	return 0;
}

static int
firsts_new(struct firsts *f, size_t rows)
{
	f->draw = calloc(rows, sizeof(*f->draw));
	f->index = calloc(rows, sizeof(*f->index));
	f->targets = calloc(rows, sizeof(*f->targets));
	f->token = calloc(rows, sizeof(*f->token));
	f->logprob = calloc(rows, sizeof(*f->logprob));
	return f->draw == NULL || f->index == NULL || f->targets == NULL ||
	    f->token == NULL || f->logprob == NULL ||
	    parcel_new(&f->parcel, parcel_space(rows * sizeof(*f->draw)) +
	    parcel_space(rows * sizeof(*f->index))) ? -1 : 0;
}

static int
host_new(struct sampler *s)
{
	struct flights *d = s->flights;
	size_t slots = s->options->slots, rows = s->work->rows;

	d->draw = calloc(slots, sizeof(*d->draw));
	if (d->draw == NULL || firsts_new(&d->first, d->head->final.rows) ||
	    parcel_new(&d->parcel, parcel_space(slots * sizeof(*d->draw)) +
	    parcel_space(s->work->sequences * sizeof(*s->last)) +
	    parcel_space(rows * sizeof(*s->from))))
		return -1;
	for (size_t i = 0; i < FLIGHTS; i++) {
		struct flight *f = &d->list[i];

		f->targets = calloc(slots, sizeof(*f->targets));
		f->drawn = calloc(1, drawn_space(slots));
		if (f->targets == NULL || f->drawn == NULL)
			return -1;
	}
	return 0;
}

int
flights_new(struct sampler *s, size_t rows)
{
	struct flights *d = s->flights = calloc(1, sizeof(*d));

	assert(s->model->kernels->ahead < FLIGHTS);
	error_set(s->err, STATUS_TEMPFAIL, "no memory for %zu slots",
	    s->options->slots);
	if (d == NULL)
		return -1;
	d->head = head_new(s->model, rows, 0, s->err);
	return d->head == NULL || host_new(s) || device_new(s) ? -1 : 0;
}

void
flights_free(struct sampler *s)
{
	struct flights *d = s->flights;

	if (d == NULL)
		return;
	for (; d->landed < d->begun; d->landed++)
		s->model->kernels->download_end(s->model->kernels);
	for (size_t i = 0; i < FLIGHTS; i++) {
		free(d->list[i].targets);
		free(d->list[i].drawn);
	}
	s->model->kernels->free(s->model->kernels, d->memory);
	parcel_free(&d->parcel);
	parcel_free(&d->first.parcel);
	free(d->first.draw);
	free(d->first.index);
	free(d->first.targets);
	free(d->first.token);
	free(d->first.logprob);
	free(d->draw);
	head_free(d->head);
	free(d);
	s->flights = NULL;
}

static struct draw
draw_at(const struct sampler *s, const struct target *t, size_t position)
{
	return (struct draw){s->options->seed, t->job->prompt.key,
	    (uint32_t)t->sample, (uint32_t)position};
}

/* Draw what was gathered of jobs, from the head's logits, and wait for it. */
static void
draw_firsts(struct sampler *s)
{
	struct flights *d = s->flights;
	struct firsts *f = &d->first;
	struct kernels *k = s->model->kernels;
	size_t n = f->count, rows = d->head->final.rows;
	const struct draw *draw = parcel_add(&f->parcel, f->draw,
	    n * sizeof(*draw));
	const uint32_t *index = parcel_add(&f->parcel, f->index,
	    n * sizeof(*index));

	parcel_send(&f->parcel, k);
	k->sample(k, f->drawn, logprobs_of(f->drawn, rows), d->head->logits,
	    index, draw, &s->options->sampling, n, s->model->config.vocab);
	k->download(k, f->token, f->drawn, n * sizeof(*f->token));
	k->download(k, f->logprob, logprobs_of(f->drawn, rows),
	    n * sizeof(*f->logprob));
	for (size_t i = 0; i < n; i++) {
		const struct target *t = &f->targets[i];

		t->job->first_token[t->sample] = f->token[i];
		t->job->first_logprob[t->sample] = f->logprob[i];
	}
	f->count = 0;
}

/* The first tokens of all samples of a job, from row r of the logits. */
static void
draw_job(struct sampler *s, const struct target *t, size_t r)
{
	struct firsts *f = &s->flights->first;
	struct target one = *t;

	for (; one.sample < t->job->prompt.samples; one.sample++) {
		f->index[f->count] = (uint32_t)r;
		f->targets[f->count] = one;
		f->draw[f->count++] = draw_at(s, &one, 0);
		if (f->count == s->flights->head->final.rows)
			draw_firsts(s);
	}
	t->job->drawn = 1;
}

/* What the device is to know beside the batch. */
struct sent {
	const uint32_t *last, *from;
	const struct draw *draw;
};

static struct sent
send(struct sampler *s)
{
	struct flights *d = s->flights;
	struct sent sent;

	for (size_t i = 0; i < s->slot_targets; i++) {
		struct target *t = &s->targets[i];

		d->draw[i] = draw_at(s, t, t->slot->length + t->slot->pending);
		t->slot->pending++;
		t->slot->source = (uint32_t)i;
	}
	sent.last = parcel_add(&d->parcel, s->last,
	    s->target_count * sizeof(*s->last));
	sent.from = parcel_add(&d->parcel, s->from,
	    s->batch.rows * sizeof(*s->from));
	sent.draw = parcel_add(&d->parcel, d->draw,
	    s->slot_targets * sizeof(*d->draw));
	parcel_send(&d->parcel, s->model->kernels);
	return sent;
}

/* The layers, and the head over the rows that tokens are drawn of. */
static void
compute(struct sampler *s, const struct sent *sent)
{
	struct flights *d = s->flights;
	struct kernels *k = s->model->kernels;
	float *logprobs = logprobs_of(d->drawn, s->options->slots);

	k->pick_tokens(k, (void *)s->work->batch.tokens, d->drawn, sent->from,
	    s->batch.rows);
	transformer_run(s->work);
	for (size_t at = 0, R; at < s->target_count; at += R) {
		size_t n = s->slot_targets > at ? s->slot_targets - at : 0;

		R = s->target_count - at;
		R = R < d->head->final.rows ? R : d->head->final.rows;
		n = n < R ? n : R;
		head_logits_of(d->head, s->work->out, sent->last + at, R);
		if (n > 0)
			k->sample(k, (int32_t *)d->drawn + at, logprobs + at,
			    d->head->logits, NULL, sent->draw + at,
			    &s->options->sampling, n, s->model->config.vocab);
		for (size_t r = n; r < R; r++)
			draw_job(s, &s->targets[at + r], r);
		if (d->first.count > 0)
			draw_firsts(s);
	}
}

void
flights_begin(struct sampler *s)
{
	struct flights *d = s->flights;
	struct kernels *k = s->model->kernels;
	struct flight *f = &d->list[d->begun++ % FLIGHTS];
	/* A token a slot: all there is to know of the pass is how many. */
	int plain = s->slot_targets == s->batch.rows;
	struct sent sent;

	transformer_set(s->work, &s->batch);
	sent = send(s);
	if (!plain) {
		compute(s, &sent);
	} else if (!k->replay_begin(k, s->batch.rows)) {
		compute(s, &sent);
		k->replay_end(k);
	}
	f->count = s->slot_targets;
	memcpy(f->targets, s->targets, f->count * sizeof(*f->targets));
	k->download_begin(k, f->drawn, d->drawn,
	    drawn_space(s->options->slots));
}

static int
land(struct sampler *s, struct flight *f)
{
	const int32_t *tokens = f->drawn;
	const float *logprobs = logprobs_of(f->drawn, s->options->slots);

	s->model->kernels->download_end(s->model->kernels);
	for (size_t i = 0; i < f->count; i++) {
		struct slot *slot = f->targets[i].slot;

		if (slot->turn != f->targets[i].turn)
			continue;
		slot->pending--;
		s->stats->decode_tokens++;
		if (slots_append(s, slot, tokens[i], logprobs[i]))
			return -1;
	}
	return 0;
}

size_t
flights_flying(const struct sampler *s)
{
	return s->flights->begun - s->flights->landed;
}

int
flights_land(struct sampler *s, size_t ahead)
{
	while (flights_flying(s) > ahead)
		if (land(s, &s->flights->list[s->flights->landed++ % FLIGHTS]))
			return -1;
	return 0;
}
