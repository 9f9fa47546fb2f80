/* Sequences through a model and their responses through its head. */
#include "lib/model/pass.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"

static int
host_new(struct pass *p, const struct microbatch_room *room)
{
	p->logprob = calloc(6 * room->rows, sizeof(*p->logprob));
	if (p->logprob == NULL)
		return -1;
	p->entropy = p->logprob + room->rows;
	p->kl = p->entropy + room->rows;
	p->dlogprob = p->kl + room->rows;
	p->dentropy = p->dlogprob + room->rows;
	p->dkl = p->dentropy + room->rows;
	return microbatch_new(&p->micro, room);
}

/* The head of either kind. */
static int
begin_head(struct pass *p, const struct microbatch_room *room,
    enum workspace_mode mode, const struct head_reference *reference,
    struct error *err)
{
	int training = mode != WORKSPACE_SAMPLE;

	p->chunk = room->rows;
	if (p->model->config.head != CONFIG_LOGITS) {
		p->value = valuehead_begin(p->model, p->chunk, training, err);
		return p->value == NULL ? -1 : 0;
	}
	p->chunk = head_chunk(p->model, room->rows);
	p->head = head_begin(p->model, p->chunk, training, err);
	if (p->head == NULL)
		return -1;
	p->head->reference = reference;
	return 0;
}

static void
carve(struct pass *p, struct arena *a)
{
	workspace_carve(p->work, a);
	if (p->head != NULL)
		head_carve(p->head, a);
	else
		valuehead_carve(p->value, a);
}

int
pass_reserve(struct pass *p, struct model *m,
    const struct microbatch_room *room, enum workspace_mode mode,
    const struct head_reference *reference, struct error *err)
{
	struct kernels *k = m->kernels;
	struct arena a = {0};

	p->model = m;
	if (model_reach(m, room->positions, err))
		return -1;
	p->work = workspace_begin(m, mode, room->rows, room->sequences,
	    room->pages, err);
	if (p->work == NULL || begin_head(p, room, mode, reference, err))
		return -1;
	carve(p, &a);
	a.base = p->memory = k->alloc(k, a.used);
	if (p->memory == NULL || host_new(p, room))
		return error_set(err, STATUS_TEMPFAIL, "no memory for the "
		    "activations of %zu tokens: %zu bytes", room->rows,
		    a.used);
	p->bytes = a.used;
	a.used = 0;
	carve(p, &a);
	return 0;
}

void
pass_free(struct pass *p)
{
	head_free(p->head);
	valuehead_free(p->value);
	workspace_free(p->work);
	if (p->model != NULL)
		p->model->kernels->free(p->model->kernels, p->memory);
	microbatch_free(&p->micro);
	free(p->logprob);
	memset(p, 0, sizeof(*p));
}

void
pass_begin(struct pass *p, const struct sequence *sequences, size_t n)
{
	p->done = (struct pass_work){0};
	microbatch_begin(&p->micro, sequences, n);
}

void
pass_rewind(struct pass *p)
{
	p->next = (struct pass_cursor){p->micro.from, 0, 0};
}

int
pass_next(struct pass *p)
{
	const struct microbatch *m = &p->micro;
	struct cost_work *w = &p->done.work;
	double start = clock_seconds();

	if (!microbatch_next(&p->micro))
		return 0;
	workspace_set_copies(p->work, m->copies, m->copy_count);
	transformer_forward(p->work, &m->batch);
	p->done.forward += clock_seconds() - start;
	w->passes++;
	w->rows += m->batch.rows;
	w->logits += m->responses;
	w->keys += m->pairs;
	pass_rewind(p);
	return 1;
}

static const struct sequence *
entry(const struct pass *p, size_t i)
{
	return p->micro.order[i].sequence;
}

static size_t
responses_of(const struct sequence *s)
{
	return s->length - s->prompt;
}

/* The next piece of one sequence that ends by token `end`; moves on. */
static int
next_piece(const struct pass *p, struct pass_cursor *c, size_t end,
    struct loss_rows *piece)
{
	size_t left, n, at = c->done;

	if (at == end)
		return 0;
	left = responses_of(entry(p, c->i)) - c->offset;
	n = end - at < left ? end - at : left;
	*piece = (struct loss_rows){microbatch_number(&p->micro, c->i),
	    c->offset, n, p->logprob + at, p->entropy + at, p->kl + at,
	    p->dlogprob + at, p->dentropy + at, p->dkl + at};
	c->done += n;
	c->offset += n;
	if (n == left) {
		c->i++;
		c->offset = 0;
	}
	return 1;
}

/* Rows until the head is full or the temperature changes. */
static size_t
chunk_rows(const struct pass *p, struct pass_cursor c)
{
	size_t rows = 0, most = p->chunk;

	while (c.i < p->micro.to && rows < most &&
	    entry(p, c.i)->temperature == p->temperature) {
		rows += responses_of(entry(p, c.i)) - c.offset;
		c.offset = 0;
		c.i++;
	}
	return rows < most ? rows : most;
}

/* The reference's logits of the chunk, and the KL of its rows. */
static void
chunk_kl(struct pass *p)
{
	struct pass_cursor c = p->at;
	struct loss_rows piece;

	while (next_piece(p, &c, p->at.done + p->rows, &piece))
		head_reference_rows(p->head, c.done - piece.n - p->at.done,
		    p->micro.list[piece.sequence].normed, piece.first,
		    piece.n);
	head_kl(p->head, p->kl + p->at.done, p->temperature, p->rows);
}

static void
chunk_logprobs(struct pass *p)
{
	const struct microbatch *m = &p->micro;
	size_t at = p->at.done;

	head_logits(p->head, p->work->out, m->index + at, p->rows);
	head_logprob(p->head, p->logprob + at, p->entropy + at,
	    m->target + at, p->temperature, p->rows);
	if (p->head->reference != NULL)
		chunk_kl(p);
}

int
pass_chunk(struct pass *p)
{
	const struct microbatch *m = &p->micro;
	double start = clock_seconds();
	struct loss_rows piece;
	size_t at = p->next.done;

	if (at == m->responses)
		return 0;
	p->at = p->next;
	p->temperature = entry(p, p->at.i)->temperature;
	p->rows = chunk_rows(p, p->at);
	while (next_piece(p, &p->next, at + p->rows, &piece))
		;
	if (p->head == NULL)
		valuehead_forward(p->value, p->logprob + at, p->work->out,
		    m->index + at, p->rows);
	else
		chunk_logprobs(p);
	p->done.forward += clock_seconds() - start;
	return 1;
}

/* From one token of the micro-batch to another. */
static int
loss_pieces(struct pass *p, struct pass_cursor c, size_t end, pass_loss *loss,
    void *context)
{
	size_t bytes = (end - c.done) * sizeof(float);
	struct loss_rows piece;
	int r = 0;

	memset(p->dentropy + c.done, 0, bytes);
	memset(p->dkl + c.done, 0, bytes);
	while (r == 0 && next_piece(p, &c, end, &piece))
		r = loss(context, &piece);
	return r;
}

int
pass_loss_chunk(struct pass *p, pass_loss *loss, void *context)
{
	return loss_pieces(p, p->at, p->at.done + p->rows, loss, context);
}

int
pass_loss_whole(struct pass *p, pass_loss *loss, void *context)
{
	return loss_pieces(p, (struct pass_cursor){p->micro.from, 0, 0},
	    p->micro.responses, loss, context);
}

void
pass_normed(const struct pass *p, const struct loss_rows *rows, void *out)
{
	struct kernels *k = p->model->kernels;
	size_t bytes = p->model->config.hidden *
	    dtype_bytes(p->model->type);
	size_t at = (size_t)(rows->logprob - p->logprob) - p->at.done;

	k->download(k, out, (const char *)p->head->final.out + at * bytes,
	    rows->n * bytes);
}

int
pass_forward(struct pass *p, const struct sequence *sequences, size_t n,
    pass_loss *rows, void *context)
{
	int r = 0;

	pass_begin(p, sequences, n);
	while (r == 0 && pass_next(p))
		while (r == 0 && pass_chunk(p))
			r = pass_loss_chunk(p, rows, context);
	return r;
}
