#ifndef KERNELS_ATTENTION_WORLD_H
#define KERNELS_ATTENTION_WORLD_H

/*
 * What attention's tests run on: ragged sequences whose pages start as NaNs
 * and lie in a shuffled order, so that nothing beyond a row's own positions
 * may matter.  Queries, keys and values come in by rope_forward with angles of
 * zero, which leaves them as they are.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const isas[] = {"portable", "avx2", "avx512"};

struct world {
	struct attention_shape a;
	enum dtype type;
	size_t sequences, rows, max_pages, width; /* width: (H+2G)·D */
	const size_t *length;
	uint32_t *offset; /* of each sequence in the arrays below */
	uint32_t *pages;
	uint32_t state;   /* of the random numbers */
	float *qkv;       /* (rows, width), exact in `type` */
	float *rope;      /* angles of zero */
};

static inline float
uniform(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (float)(*state >> 8) * 0x1p-23f - 1;
}

/* To bfloat16's precision; rounding half up is enough here. */
static inline float
bf16(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof(u));
	u = (u + 0x8000) & 0xFFFF0000;
	memcpy(&x, &u, sizeof(x));
	return x;
}

static inline void
shuffle_pages(struct world *w)
{
	size_t n = w->sequences * w->max_pages;

	for (size_t i = 0; i < n; i++)
		w->pages[i] = (uint32_t)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)((uniform(&w->state) + 1) / 2 * (float)i);
		uint32_t t = w->pages[i - 1];

		w->pages[i - 1] = w->pages[j % i];
		w->pages[j % i] = t;
	}
}

static inline struct world *
world_new(enum dtype type, size_t H, size_t G, size_t D, const size_t *length,
    size_t sequences)
{
	struct world *w = calloc(1, sizeof(*w));
	size_t longest = 0;

	w->a = (struct attention_shape){H, G, D};
	w->type = type;
	w->sequences = sequences;
	w->length = length;
	w->width = (H + 2 * G) * D;
	w->state = (uint32_t)(D * 31 + H);
	w->offset = calloc(sequences + 1, sizeof(*w->offset));
	for (size_t s = 0; s < sequences; s++) {
		w->offset[s + 1] = w->offset[s] + (uint32_t)length[s];
		longest = length[s] > longest ? length[s] : longest;
	}
	w->rows = w->offset[sequences];
	w->max_pages = longest / KV_PAGE + 2;
	w->pages = calloc(sequences * w->max_pages, sizeof(*w->pages));
	w->qkv = malloc(w->rows * w->width * sizeof(float));
	for (size_t i = 0; i < w->rows * w->width; i++) {
		w->qkv[i] = uniform(&w->state) * 2;
		if (type == DTYPE_BF16)
			w->qkv[i] = bf16(w->qkv[i]);
	}
	w->rope = malloc(longest * D * sizeof(float));
	for (size_t i = 0; i < longest * D; i++)
		w->rope[i] = i % D < D / 2;
	shuffle_pages(w);
	return w;
}

static inline void
world_free(struct world *w)
{
	free(w->offset);
	free(w->pages);
	free(w->qkv);
	free(w->rope);
	free(w);
}

/* What a way of running gives: out (rows, H·D) widened, lse (rows, H). */
struct result {
	float *out, *lse, *dqkv;
};

static inline struct result *
result_new(const struct world *w)
{
	struct result *r = calloc(1, sizeof(*r));

	r->out = calloc(w->rows * w->a.heads * w->a.head_dim, sizeof(float));
	r->lse = calloc(w->rows * w->a.heads, sizeof(float));
	r->dqkv = calloc(w->rows * w->width, sizeof(float));
	return r;
}

static inline void
result_free(struct result *r)
{
	free(r->out);
	free(r->lse);
	free(r->dqkv);
	free(r);
}

static inline void *
nan_cache(struct kernels *k, const struct world *w)
{
	size_t bytes = w->sequences * w->max_pages *
	    k->kv_page_bytes(w->type, &w->a);
	void *cache = k->alloc(k, bytes);

	assert_non_null(cache);
	memset(cache, 0xFF, bytes);
	return cache;
}

static inline void
widen(struct kernels *k, float *out, const void *in, enum dtype type, size_t n)
{
	k->convert(k, out, DTYPE_F32, in, type, n);
}

/*
 * `count` rows of each sequence from `first`, all of them with dout (rows,
 * H·D) for the gradient too.
 */
static inline void
step(struct kernels *k, const struct world *w, void *cache, struct result *r,
    const uint32_t *first, const uint32_t *count, const float *dout)
{
	size_t HD = w->a.heads * w->a.head_dim, T = 0;
	uint32_t *start = calloc(w->sequences + 1, sizeof(*start));
	float *qkv = malloc(w->rows * w->width * sizeof(float));
	float *lse = malloc(w->rows * w->a.heads * sizeof(float));
	void *q = malloc(w->rows * HD * sizeof(float));
	void *out = malloc(w->rows * HD * sizeof(float));
	struct batch b = {0, w->sequences, NULL, start, first, w->pages,
	    w->max_pages, NULL};

	for (size_t s = 0; s < w->sequences; s++) {
		memcpy(qkv + T * w->width, w->qkv +
		    (w->offset[s] + first[s]) * w->width,
		    count[s] * w->width * sizeof(float));
		T += count[s];
		start[s + 1] = (uint32_t)T;
	}
	b.rows = T;
	k->rope_forward(k, q, cache, qkv, w->rope, NULL, NULL, 0, w->type,
	    &w->a, &b);
	k->attention_forward(k, out, lse, q, cache, w->type, &w->a, &b);
	for (size_t s = 0; s < w->sequences; s++) {
		size_t to = w->offset[s] + first[s], from = start[s];

		widen(k, r->out + to * HD, (char *)out + from * HD *
		    (w->type == DTYPE_BF16 ? 2 : 4), w->type, count[s] * HD);
		memcpy(r->lse + to * w->a.heads, lse + from * w->a.heads,
		    count[s] * w->a.heads * sizeof(float));
	}
	if (dout != NULL)
		k->attention_backward(k, r->dqkv, dout, out, lse, q, cache,
		    w->type, &w->a, &b);
	free(start);
	free(qkv);
	free(lse);
	free(q);
	free(out);
}

/* Every sequence in steps of chunk[i mod chunks] rows, each its own turn. */
static inline void
run(struct kernels *k, struct world *w, struct result *r, const size_t *chunk,
    size_t chunks, const float *dout)
{
	uint32_t *first = calloc(w->sequences, sizeof(*first));
	uint32_t *count = calloc(w->sequences, sizeof(*count));
	void *cache;
	size_t left;

	shuffle_pages(w);
	cache = nan_cache(k, w);
	for (size_t i = 0; ; i++) {
		left = 0;
		for (size_t s = 0; s < w->sequences; s++) {
			size_t n = w->length[s] - first[s];
			size_t want = chunk[(i + s) % chunks];

			count[s] = (uint32_t)(n < want ? n : want);
			left += n;
		}
		if (left == 0)
			break;
		step(k, w, cache, r, first, count, dout);
		for (size_t s = 0; s < w->sequences; s++)
			first[s] += count[s];
	}
	k->free(k, cache);
	free(first);
	free(count);
}

static const size_t whole[] = {SIZE_MAX};

static inline void
each_isa(void (*check)(struct kernels *k, struct world *w), enum dtype type,
    size_t H, size_t G, size_t D, const size_t *length, size_t sequences)
{
	for (size_t i = 0; i < sizeof(isas) / sizeof(*isas); i++) {
		struct world *w = world_new(type, H, G, D, length, sequences);
		struct kernels *k;

		setenv("EMPG_ISA", isas[i], 1);
		if ((k = kernels_cpu(2)) != NULL) {
			check(k, w);
			k->close(k);
		} else {
			/* Portable code runs everywhere. */
			assert_int_not_equal(i, 0);
		}
		world_free(w);
	}
}

static const struct {
	size_t H, G, D;
} shapes[] = {
	{1, 1, 2}, {4, 2, 6}, {3, 1, 24}, {4, 2, 32}, {9, 3, 64}, {4, 1, 80},
	{5, 1, 128}, {2, 2, 256}, {6, 1, 16}, {14, 2, 8},
};

#endif
