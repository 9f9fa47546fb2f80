/*
 * Speed of attention: `attention_bench [threads]` prints lines of JSON for
 * decoding, prefill and backward at the shapes of SmolLM2-135M and of a small
 * model.  A pair of query and key counts 4·D operations forward and 10·D
 * backward.
 */
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernels/bench.h"

struct bench {
	const char *name;
	struct attention_shape a;
	size_t sequences, context, rows; /* the last `rows` of each context */
};

static const struct bench benches[] = {
	{"9x64 decode 32x256", {9, 3, 64}, 32, 256, 1},
	{"9x64 decode 64x256", {9, 3, 64}, 64, 256, 1},
	{"9x64 prefill 8x512", {9, 3, 64}, 8, 512, 512},
	{"4x32 decode 256x80", {4, 2, 32}, 256, 80, 1},
	{"4x32 prefill 64x200", {4, 2, 32}, 64, 200, 200},
};

struct memory {
	float *qkv, *rope, *dout, *dqkv, *lse;
	void *cache, *q, *out;
	struct batch b;
};

static void
once(struct kernels *k, const struct bench *c, enum dtype type,
    const struct memory *m, int op)
{
	if (op == 0)
		k->attention_forward(k, m->out, m->lse, m->q, m->cache, type,
		    &c->a, &m->b);
	else if (op == 1)
		k->attention_backward(k, m->dqkv, m->dout, m->out, m->lse,
		    m->q, m->cache, type, &c->a, &m->b);
	else if (op == 2)
		k->rope_forward(k, m->q, m->cache, m->qkv, m->rope, NULL, NULL,
		    0, type, &c->a, &m->b);
	else
		k->rope_backward(k, m->dqkv, NULL, NULL, m->dout, NULL, m->rope,
		    NULL, NULL, 0, type, &c->a, &m->b);
}

static double
seconds(struct kernels *k, const struct bench *c, enum dtype type,
    const struct memory *m, int op)
{
	double least;

	BENCH_LEAST(least, once(k, c, type, m, op));
	return least;
}

static void
measure(struct kernels *k, const struct bench *c, enum dtype type,
    const struct memory *m)
{
	double pairs = 0, D = (double)c->a.head_dim;

	for (size_t i = 0; i < c->rows; i++)
		pairs += (double)(c->context - i);
	pairs *= (double)(c->sequences * c->a.heads);
	bench_line("attention", "attention_forward", type, c->name,
	    pairs * 4 * D, 0, seconds(k, c, type, m, 0));
	if (c->rows == c->context)
		bench_line("attention", "attention_backward", type, c->name,
		    pairs * 10 * D, 0, seconds(k, c, type, m, 1));
	bench_line("attention", "rope_forward", type, c->name, 0, 0,
	    seconds(k, c, type, m, 2));
	if (c->rows == c->context)
		bench_line("attention", "rope_backward", type, c->name, 0, 0,
		    seconds(k, c, type, m, 3));
}

/* The contexts' rows are random; then the last rows alone make the batch. */
static void
run(struct kernels *k, const struct bench *c, enum dtype type)
{
	size_t S = c->sequences, n = c->context, D = c->a.head_dim;
	size_t max_pages = (n + KV_PAGE - 1) / KV_PAGE, T = S * n;
	size_t width = (c->a.heads + 2 * c->a.kv_heads) * D;
	uint32_t *start = calloc(S + 1, sizeof(*start));
	uint32_t *first = calloc(S, sizeof(*first));
	uint32_t *pages = calloc(S * max_pages, sizeof(*pages));
	struct memory m = {
		k->alloc(k, T * width * 4), k->alloc(k, n * D * 4),
		k->alloc(k, T * width * 4), k->alloc(k, T * width * 4),
		k->alloc(k, T * c->a.heads * 4),
		k->alloc(k, S * max_pages * k->kv_page_bytes(type, &c->a)),
		k->alloc(k, T * width * 4), k->alloc(k, T * width * 4),
		{T, S, NULL, start, first, pages, max_pages, NULL},
	};

	for (size_t i = 0; i < T * width; i++)
		m.qkv[i] = m.dout[i] = (float)rand() / (float)RAND_MAX - 0.5f;
	for (size_t i = 0; i < n * D; i++)
		m.rope[i] = i % D < D / 2;
	for (size_t i = 0; i < S * max_pages; i++)
		pages[i] = (uint32_t)i;
	for (size_t s = 0; s < S; s++)
		start[s + 1] = (uint32_t)((s + 1) * n);
	once(k, c, type, &m, 2);
	for (size_t s = 0; s < S; s++) {
		start[s + 1] = (uint32_t)((s + 1) * c->rows);
		first[s] = (uint32_t)(n - c->rows);
	}
	m.b.rows = S * c->rows;
	measure(k, c, type, &m);
	k->free(k, m.qkv);
	k->free(k, m.rope);
	k->free(k, m.dout);
	k->free(k, m.dqkv);
	k->free(k, m.lse);
	k->free(k, m.cache);
	k->free(k, m.q);
	k->free(k, m.out);
	free(start);
	free(first);
	free(pages);
}

int
main(int argc, char **argv)
{
	struct kernels *k = kernels_cpu(argc > 1 ? atoi(argv[1]) : 0);

	if (k == NULL)
		return 1;
	for (size_t i = 0; i < sizeof(benches) / sizeof(*benches); i++) {
		run(k, &benches[i], DTYPE_F32);
		run(k, &benches[i], DTYPE_BF16);
	}
	k->close(k);
	return 0;
}
