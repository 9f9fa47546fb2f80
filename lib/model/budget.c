/* Planned memory: a trainer on a device that only counts. */
#include "lib/model/budget.h"

#include "lib/model/pages.h"
#include "lib/model/trainer.h"

#define SHORTEST 64 /* tokens of a sequence */
#define BUDGET_LOGITS ((size_t)512 << 20) /* as GPUs have it */

struct counter {
	struct kernels k; /* first: a struct kernels * is a struct counter * */
	size_t bytes, host;
};

static void *
count(struct kernels *k, size_t bytes)
{
	((struct counter *)k)->bytes += bytes;
	return k; /* not NULL, and nobody reads it */
}

static void *
count_host(struct kernels *k, size_t bytes)
{
	((struct counter *)k)->host += bytes;
	return k;
}

static void
forget(struct kernels *k, void *p)
{
	(void)k;
	(void)p;
}

static void
ignore(struct kernels *k, void *out, const void *host, size_t bytes)
{
	(void)k, (void)out, (void)host, (void)bytes;
}

static size_t
packed_bytes(enum dtype type, size_t N, size_t K)
{
	return N * K * dtype_bytes(type);
}

static size_t
page_bytes(enum dtype type, const struct attention_shape *a)
{
	return a->kv_heads * 2 * KV_PAGE * a->head_dim * dtype_bytes(type);
}

int
budget_train(struct budget *b, const struct config *c, enum dtype type,
    enum workspace_mode mode, enum offload offload, size_t rows,
    struct error *err)
{
	struct counter counter = {.k = {.logits_bytes = BUDGET_LOGITS,
	    .alloc = count, .free = forget,
	    .alloc_host = count_host, .free_host = forget, .upload = ignore,
	    .packed_bytes = packed_bytes, .kv_page_bytes = page_bytes}};
	size_t sequences = 2 * (rows / SHORTEST + 1), before;
	size_t longest = rows < c->max_positions ? rows : c->max_positions;
	struct microbatch_room room = {longest, sequences, rows, sequences,
	    pages_for(rows) + 2 * sequences};
	struct trainer *t = trainer_new(&counter.k, c, type, offload, err);
	int r = -1;

	if (t == NULL)
		return -1;
	b->parameters = t->model->parameters.total;
	b->host = counter.host;
	b->gradient = offload ? t->bytes : t->bytes / 4;
	b->masters = offload ? 0 : b->gradient;
	b->moments = t->bytes - b->masters - b->gradient;
	b->weights = counter.bytes - t->bytes;
	before = counter.bytes;
	if (trainer_reserve(t, &room, mode, err) == 0) {
		b->cache = room.pages * workspace_page_bytes(t->model);
		b->activations = counter.bytes - before - b->cache;
		r = 0;
	}
	trainer_free(t);
	return r;
}

size_t
budget_total(const struct budget *b)
{
	return b->weights + b->masters + b->gradient + b->moments + b->cache +
	    b->activations;
}
