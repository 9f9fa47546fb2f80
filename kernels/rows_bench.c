/*
 * The speed of the operations on rows, at the sizes of SmolLM2-135M in bf16
 * and of the demo's model in fp32: `rows_bench [threads]` prints a line of
 * JSON an operation.  gbs counts each tensor that is read or written once;
 * what fits the caches may exceed the memory's speed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/bench.h"
#include "kernels/kernels.h"

struct size {
	enum dtype type;
	struct attention_shape a;
	size_t C, F, V; /* width, feed-forward width, vocabulary */
	size_t large;   /* a larger vocabulary, Qwen2.5's; or 0 */
};

static const struct size sizes[] = {
    {DTYPE_BF16, {9, 3, 64}, 576, 1536, 49152, 151936},
    {DTYPE_F32, {4, 2, 32}, 128, 384, 400, 0}};

/* Rows of a decoding pass, of a micro-batch, and of logits. */
static const size_t rows[] = {64, 2048};
#define LOGITS ((size_t)64)

struct world {
	struct kernels *k;
	const struct size *s;
	size_t T, bytes;    /* rows; bytes of a number of the type */
	float *a, *b, *c;   /* (T, the widest of a row) */
	float *w, *dw, *rstd, *table, *dtable;
	int32_t *tokens;
	uint32_t *index;
};

#define MEASURE(op, width, moved, call) do { \
	double least_; \
	BENCH_LEAST(least_, call); \
	print(w, op, w->T, width, moved, least_); \
} while (0)

static void
print(const struct world *w, const char *op, size_t T, size_t width,
    size_t moved, double seconds)
{
	char shape[64];

	snprintf(shape, sizeof(shape), "%zux%zu", T, width);
	bench_line("rows", op, w->s->type, shape, 0,
	    (double)(T * width * moved), seconds);
}

static void
bench_embedding(struct world *w)
{
	struct kernels *k = w->k;
	size_t T = w->T, C = w->s->C;

	MEASURE("embedding_forward", C, 4 + w->bytes, k->embedding_forward(k,
	    w->a, w->tokens, w->table, w->s->type, T, C));
	MEASURE("embedding_backward", C, 12, k->embedding_backward(k,
	    w->dtable, w->a, w->tokens, T, C));
	MEASURE("gather", C, 8, k->gather(k, w->b, w->a, w->index, T, C));
	MEASURE("scatter_add", C, 12, k->scatter_add(k, w->b, w->a, w->index,
	    T, C));
}

static void
bench_norm(struct world *w)
{
	struct kernels *k = w->k;
	size_t T = w->T, C = w->s->C;

	bench_fill(w->a, T * C, 2);
	bench_fill(w->b, T * C, 2);
	MEASURE("rmsnorm_forward", C, 4 + w->bytes, k->rmsnorm_forward(k, w->c,
	    w->s->type, w->rstd, w->a, w->w, 1e-5f, T, C));
	MEASURE("rmsnorm_backward", C, 16, k->rmsnorm_backward(k, w->c, w->dw,
	    w->b, w->a, w->w, w->rstd, T, C));
}

static void
bench_swiglu(struct world *w)
{
	struct kernels *k = w->k;
	enum dtype type = w->s->type;
	size_t T = w->T, F = w->s->F;

	bench_fill(w->a, T * 2 * F, 3);
	k->convert(k, w->b, type, w->a, DTYPE_F32, T * 2 * F);
	MEASURE("swiglu_forward", F, 3 * w->bytes, k->swiglu_forward(k, w->c,
	    w->b, type, T, F));
	MEASURE("swiglu_backward", F, 4 + 4 * w->bytes, k->swiglu_backward(k,
	    w->c, w->a, w->b, type, T, F));
	MEASURE("convert", F, 4 + w->bytes, k->convert(k, w->c, type, w->a,
	    DTYPE_F32, T * F));
	MEASURE("bias_backward", F, w->bytes, k->bias_backward(k, w->dw, w->b,
	    type, T, F));
	MEASURE("zero", F, 4, k->zero(k, w->c, T * F * 4));
	MEASURE("copy", F, 8, k->copy(k, w->c, w->a, T * F * 4));
}

static void
bench_step(struct world *w)
{
	struct kernels *k = w->k;
	size_t n = w->T * w->s->F;
	struct adamw o = {.lr = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f,
	    .eps = 1e-8f, .gradient_scale = 1, .step = 5};

	k->zero(k, w->c, 2 * n * 4);
	bench_fill(w->b, n, 1);
	MEASURE("sum_squares", w->s->F, 4,
	    o.step += k->sum_squares(k, w->b, n) < 0);
	MEASURE("adamw_step", w->s->F, 32, k->adamw_step(k, w->a, w->c,
	    w->c + n, w->b, &o, n));
}

/* Draws from 64 rows of logits; the ways of truncation. */
static void
bench_sample(struct world *w, const float *logits, size_t V)
{
	static const struct {
		const char *name;
		struct sampling o;
	} ways[] = {{"sample", {1, 0, 1, 0, 0}},
	    {"sample top-k 50", {1, 50, 1, 0, 0}},
	    {"sample top-p 0.95", {1, 0, 0.95f, 0, 0}},
	    {"sample min-p 0.05", {1, 0, 1, 0.05f, 0}},
	    {"sample greedy", {1, 0, 1, 0, 1}}};
	struct draw draw[LOGITS];
	float logprob[LOGITS];
	int32_t token[LOGITS];
	struct kernels *k = w->k;
	double seconds;

	for (uint32_t r = 0; r < LOGITS; r++)
		draw[r] = (struct draw){1, 2, r, 3};
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		BENCH_LEAST(seconds, k->sample(k, token, logprob, logits,
		    NULL, draw, &ways[i].o, LOGITS, V));
		print(w, ways[i].name, LOGITS, V, 4, seconds);
	}
}

static void
bench_logits(struct world *w, size_t V)
{
	struct kernels *k = w->k;
	float *logits = k->alloc(k, LOGITS * V * 4);
	float *dlogits = k->alloc(k, LOGITS * V * 4);
	float logprob[LOGITS], lse[LOGITS], entropy[LOGITS], dlogprob[LOGITS];
	int32_t target[LOGITS];
	double seconds;

	if (logits == NULL || dlogits == NULL)
		exit(70);
	bench_fill(logits, LOGITS * V, 12);
	for (size_t r = 0; r < LOGITS; r++) {
		target[r] = (int32_t)(r * 5);
		dlogprob[r] = 1;
	}
	BENCH_LEAST(seconds, k->logprob_forward(k, logprob, lse, entropy,
	    logits, target, 1, LOGITS, V));
	print(w, "logprob_forward", LOGITS, V, 4, seconds);
	BENCH_LEAST(seconds, k->logprob_backward(k, dlogits, w->s->type,
	    dlogprob, logits, lse, target, 1, LOGITS, V));
	print(w, "logprob_backward", LOGITS, V, 4 + w->bytes, seconds);
	bench_sample(w, logits, V);
	k->free(k, logits);
	k->free(k, dlogits);
}

/* As many pages as 64 sequences divide when their samples part. */
static void
bench_pages(struct world *w)
{
	struct kernels *k = w->k;
	size_t page = k->kv_page_bytes(w->s->type, &w->s->a);
	void *cache = k->alloc(k, 128 * page);
	struct page_copy copies[64];
	double seconds;

	if (cache == NULL)
		exit(70);
	for (uint32_t i = 0; i < 64; i++)
		copies[i] = (struct page_copy){64 + i, i, KV_PAGE};
	BENCH_LEAST(seconds, k->kv_copy(k, cache, w->s->type, &w->s->a,
	    copies, 64));
	print(w, "kv_copy", 64, page, 2, seconds);
	k->free(k, cache);
}

static void
open_world(struct world *w)
{
	struct kernels *k = w->k;
	size_t most = rows[1], F = w->s->F;

	w->bytes = w->s->type == DTYPE_BF16 ? 2 : 4;
	w->a = k->alloc(k, most * 2 * F * 4);
	w->b = k->alloc(k, most * 2 * F * 4);
	w->c = k->alloc(k, most * 2 * F * 4);
	w->w = k->alloc(k, F * 4);
	w->dw = k->alloc(k, F * 4);
	w->rstd = k->alloc(k, most * 4);
	w->table = k->alloc(k, w->s->V * w->s->C * 4);
	w->dtable = k->alloc(k, w->s->V * w->s->C * 4);
	w->tokens = k->alloc(k, most * 4);
	w->index = k->alloc(k, most * 4);
	if (!w->a || !w->b || !w->c || !w->w || !w->dw || !w->rstd ||
	    !w->table || !w->dtable || !w->tokens || !w->index) {
		fputs("rows_bench: out of memory\n", stderr);
		exit(70);
	}
	bench_fill(w->w, F, 1);
	for (size_t i = 0; i < most; i++) {
		w->tokens[i] = (int32_t)(i * 7919 % w->s->V);
		w->index[i] = (uint32_t)i;
	}
}

static void
close_world(struct world *w)
{
	struct kernels *k = w->k;

	k->free(k, w->a);
	k->free(k, w->b);
	k->free(k, w->c);
	k->free(k, w->w);
	k->free(k, w->dw);
	k->free(k, w->rstd);
	k->free(k, w->table);
	k->free(k, w->dtable);
	k->free(k, w->tokens);
	k->free(k, w->index);
}

int
main(int argc, char **argv)
{
	struct world w = {.k = kernels_cpu(argc > 1 ? atoi(argv[1]) : 0)};

	if (w.k == NULL)
		return 69;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		w.s = &sizes[i];
		open_world(&w);
		for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
			w.T = rows[r];
			bench_embedding(&w);
			bench_norm(&w);
			bench_swiglu(&w);
			bench_step(&w);
		}
		bench_logits(&w, w.s->V);
		if (w.s->large > 0)
			bench_logits(&w, w.s->large);
		bench_pages(&w);
		close_world(&w);
	}
	w.k->close(w.k);
	return 0;
}
