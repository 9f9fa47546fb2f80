/*
 * The speed of a backend's operations at the shapes of Qwen2.5, in bf16:
 * `device_bench DEVICE [MODEL ...]` prints a line of JSON an operation.
 * DEVICE is cpu or cuda[:N]; MODEL of tiny, 0.5b, 1.5b, 7b (all but tiny).
 * A GPU's operations return before they are done, so that as many are timed,
 * to a copy back, as make a copy's time nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/bench.h"
#include "kernels/kernels.h"

/* Seconds on a figure; a tiny one is for tests. */
#define SPENT(s) ((s)->rows < 1024 ? 1e-3 : 0.1)
#define MOST 65536

struct shape {
	const char *name;
	size_t C, F, V;
	struct attention_shape a;
	size_t rows, logits;       /* of a micro-batch, and of its head */
	size_t sequences, context; /* that decode */
	size_t length;             /* of the micro-batch's sequences */
	size_t elements;           /* of a step, and bytes of an upload */
};

static const struct shape shapes[] = {
    {"tiny", 64, 96, 300, {4, 2, 16}, 160, 16, 3, 80, 80, 5000},
    {"0.5b", 896, 4864, 151936, {14, 2, 64}, 8192, 512, 512, 400, 512,
    (size_t)64 << 20},
    {"1.5b", 1536, 8960, 151936, {12, 2, 128}, 8192, 512, 512, 400, 512,
    (size_t)64 << 20},
    {"7b", 3584, 18944, 152064, {28, 4, 128}, 8192, 512, 512, 400, 512,
    (size_t)64 << 20}};

#define SHAPES (sizeof(shapes) / sizeof(*shapes))
#define BUFFERS 4

struct work {
	struct kernels *k;
	const struct shape *s;
	char *random;         /* numbers in bf16 that are no special case */
	char *any[BUFFERS];   /* all of `room` bytes */
	size_t room;
	int32_t *tokens;
	struct batch batch;   /* its arrays are on the device */
};

static void
finish(struct work *w)
{
	float x;

	w->k->download(w->k, &x, w->any[0], sizeof(x));
}

#define MEASURE(w, op, what, flops, bytes, call) do { \
	double seconds_; \
	call; \
	finish(w); \
	for (size_t n_ = 1;; n_ *= 2) { \
		double start_ = bench_now(); \
		for (size_t i_ = 0; i_ < n_; i_++) \
			call; \
		finish(w); \
		seconds_ = bench_now() - start_; \
		if (seconds_ > SPENT((w)->s) || n_ >= MOST) { \
			print(w, op, what, flops, bytes, \
			    seconds_ / (double)n_); \
			break; \
		} \
	} \
} while (0)

static void
print(const struct work *w, const char *op, const char *what, double flops,
    double bytes, double seconds)
{
	char shape[96];

	snprintf(shape, sizeof(shape), "%s %s", w->s->name, what);
	bench_line("device", op, DTYPE_BF16, shape, flops, bytes, seconds);
	fflush(stdout);
}

static void
product(struct work *w, const char *name, size_t M, size_t N, size_t K)
{
	struct kernels *k = w->k;
	double flops = 2 * (double)M * (double)N * (double)K;
	double weight = 2 * (double)N * (double)K;
	char what[64];

	snprintf(what, sizeof(what), "%s %zux%zux%zu", name, M, N, K);
	k->pack(k, w->any[1], DTYPE_BF16, N, K, 0, N, w->random, DTYPE_BF16);
	MEASURE(w, "matmul", what, flops, weight, k->matmul(k, w->any[0],
	    DTYPE_F32, w->random, w->any[1], NULL, NULL, DTYPE_BF16, M, N, K));
	if (M < w->s->rows)
		return;
	if (k->pack_transposed != NULL)
		k->pack_transposed(k, w->any[1], DTYPE_BF16, N, K, 0, N,
		    w->random, DTYPE_BF16);
	MEASURE(w, "matmul_backward_input", what, flops, weight,
	    k->matmul_backward_input(k, (float *)w->any[0], w->random,
	    w->any[1], DTYPE_BF16, M, N, K));
	MEASURE(w, "matmul_backward_weight", what, flops, 2 * weight,
	    k->matmul_backward_weight(k, (float *)w->any[0], w->random,
	    w->random, DTYPE_BF16, M, N, K));
}

static void
products(struct work *w)
{
	const struct shape *s = w->s;
	size_t Ms[] = {1, s->sequences, s->rows}, D = s->a.head_dim;
	size_t Q = s->a.heads * D;

	for (size_t i = 0; i < 3; i++) {
		product(w, "qkv", Ms[i], Q + 2 * s->a.kv_heads * D, s->C);
		product(w, "o", Ms[i], s->C, Q);
		product(w, "gate_up", Ms[i], 2 * s->F, s->C);
		product(w, "down", Ms[i], s->C, s->F);
	}
	product(w, "head", 1, s->V, s->C);
	product(w, "head", s->logits, s->V, s->C);
}

static void *
put(struct work *w, const void *host, size_t bytes)
{
	void *p = w->k->alloc(w->k, bytes);

	if (p != NULL)
		w->k->upload(w->k, p, host, bytes);
	return p;
}

/* The last `rows` positions of S sequences of n. */
static int
batch_new(struct work *w, size_t S, size_t n, size_t rows)
{
	size_t pages = (n + KV_PAGE - 1) / KV_PAGE;
	uint32_t *all = calloc(3 * S + 1 + S * pages, sizeof(*all));
	uint32_t *start = all, *first = all + S + 1, *parent = first + S;
	uint32_t *table = parent + S;
	struct batch *b = &w->batch;

	if (all == NULL)
		return -1;
	for (size_t s = 0; s < S; s++) {
		start[s + 1] = (uint32_t)((s + 1) * rows);
		first[s] = (uint32_t)(n - rows);
		parent[s] = (uint32_t)s;
	}
	for (size_t i = 0; i < S * pages; i++)
		table[i] = (uint32_t)i;
	start = put(w, all, (3 * S + 1 + S * pages) * sizeof(*all));
	free(all);
	*b = (struct batch){S * rows, S, w->tokens, start, start + S + 1,
	    start + 3 * S + 1, pages, start + 2 * S + 1};
	return start != NULL ? 0 : -1;
}

static int
attention(struct work *w, size_t S, size_t n, size_t rows)
{
	struct kernels *k = w->k;
	const struct attention_shape *a = &w->s->a;
	const struct batch *b = &w->batch;
	double cache = 4 * (double)(S * n * a->kv_heads * a->head_dim);
	double pair = (double)(S * a->heads * a->head_dim) * (double)rows *
	    ((double)n - ((double)rows - 1) / 2);
	float *lse = (float *)w->any[1];
	char what[64];

	if (batch_new(w, S, n, rows))
		return -1;
	snprintf(what, sizeof(what), "%zux(%zu of %zu)", S, rows, n);
	MEASURE(w, "attention_forward", what, 4 * pair, cache,
	    k->attention_forward(k, w->any[0], lse, w->random, w->random,
	    DTYPE_BF16, a, b));
	MEASURE(w, "rope_forward", what, 0, 0, k->rope_forward(k, w->any[0],
	    w->any[2], (float *)w->any[3], (float *)w->any[1], NULL, NULL, 0,
	    DTYPE_BF16, a, b));
	if (rows == n)
		MEASURE(w, "attention_backward", what, 10 * pair, cache,
		    k->attention_backward(k, (float *)w->any[2],
		    (float *)w->any[3], w->any[0], lse, w->random, w->random,
		    DTYPE_BF16, a, b));
	k->free(k, (void *)b->start);
	return 0;
}

static void
rows(struct work *w)
{
	struct kernels *k = w->k;
	const struct shape *s = w->s;
	size_t T = s->rows, C = s->C, F = s->F;
	double x = (double)(T * C), f = (double)(T * F);
	float *a = (float *)w->any[0], *b = (float *)w->any[1];
	float *c = (float *)w->any[2], *rstd = (float *)w->any[3];
	char what[64];

	snprintf(what, sizeof(what), "%zux%zu", T, C);
	k->zero(k, a, T * C * 4);
	MEASURE(w, "rmsnorm_forward", what, 0, 6 * x, k->rmsnorm_forward(k, b,
	    DTYPE_BF16, rstd, a, c, 1e-6f, T, C));
	MEASURE(w, "rmsnorm_backward", what, 0, 16 * x, k->rmsnorm_backward(k,
	    b, c, a, a, c, rstd, T, C));
	MEASURE(w, "embedding_forward", what, 0, 6 * x,
	    k->embedding_forward(k, a, w->tokens, w->random, DTYPE_BF16, T,
	    C));
	MEASURE(w, "embedding_backward", what, 0, 12 * x,
	    k->embedding_backward(k, b, a, w->tokens, T, C));
	snprintf(what, sizeof(what), "%zux%zu", T, F);
	MEASURE(w, "swiglu_forward", what, 0, 6 * f, k->swiglu_forward(k, a,
	    w->random, DTYPE_BF16, T, F));
	MEASURE(w, "swiglu_backward", what, 0, 12 * f, k->swiglu_backward(k, b,
	    a, w->random, DTYPE_BF16, T, F));
}

static int
head(struct work *w)
{
	struct kernels *k = w->k;
	size_t R = w->s->logits, V = w->s->V;
	float *logits = (float *)w->any[1], *part = (float *)w->any[2];
	double all = (double)(R * V);
	struct sampling o = {.temperature = 1, .top_p = 1};
	struct draw *host = calloc(R, sizeof(*host)), *draw = NULL;
	char what[64];

	snprintf(what, sizeof(what), "%zux%zu", R, V);
	for (size_t r = 0; host != NULL && r < R; r++)
		host[r].seed = r;
	if (host != NULL)
		draw = put(w, host, R * sizeof(*draw));
	free(host);
	k->convert(k, logits, DTYPE_F32, w->random, DTYPE_BF16, R * V);
	MEASURE(w, "logprob_forward", what, 0, 4 * all, k->logprob_forward(k,
	    part, part + R, part + 2 * R, logits, w->tokens, 1, R, V));
	MEASURE(w, "logprob_backward", what, 0, 6 * all,
	    k->logprob_backward(k, w->any[0], DTYPE_BF16, part, logits,
	    part + R, w->tokens, 1, R, V));
	if (draw != NULL)
		MEASURE(w, "sample", what, 0, 4 * all, k->sample(k,
		    (int32_t *)w->any[3], part, logits, NULL, draw, &o, R, V));
	k->free(k, draw);
	return draw != NULL ? 0 : -1;
}

/* Optimiser steps, on the device and offloaded, and what loading does. */
static void
state(struct work *w)
{
	struct kernels *k = w->k;
	size_t n = w->s->elements, bytes = n * sizeof(float);
	struct adamw o = {.lr = 1e-6f, .beta1 = 0.9f, .beta2 = 0.999f,
	    .eps = 1e-8f, .gradient_scale = 1, .step = 5};
	float *host = k->alloc_host(k, 3 * bytes);
	float *gradient = (float *)w->any[0];
	char *pageable = malloc(bytes), what[64];

	snprintf(what, sizeof(what), "%zu", n);
	for (int i = 0; i < BUFFERS; i++)
		k->zero(k, w->any[i], bytes);
	MEASURE(w, "sum_squares", what, 0, 4 * (double)n,
	    o.step += k->sum_squares(k, gradient, n) < 0);
	MEASURE(w, "adamw_step", what, 0, 32 * (double)n, k->adamw_step(k,
	    (float *)w->any[1], (float *)w->any[2], (float *)w->any[3],
	    gradient, &o, n));
	if (host != NULL)
		MEASURE(w, "adamw_step_offloaded", what, 0, 24 * (double)n,
		    k->adamw_step(k, host, host + n, host + 2 * n, gradient,
		    &o, n));
	if (pageable != NULL) {
		memset(pageable, 1, bytes);
		MEASURE(w, "upload", what, 0, (double)bytes, k->upload(k,
		    w->any[1], pageable, bytes));
	}
	k->free_host(k, host);
	free(pageable);
}

/* Bytes for the largest of what an operation reads or writes. */
static size_t
room_of(const struct shape *s)
{
	size_t width = 2 * s->F > 3 * s->C ? 2 * s->F : 3 * s->C;
	size_t cache = (s->context + KV_PAGE) * s->sequences * 4 *
	    s->a.kv_heads * s->a.head_dim;
	size_t sizes[] = {s->rows * width * 4, s->logits * s->V * 4,
	    (s->V + 64) * (s->C + 64) * 4, (2 * s->F + 64) * (s->C + 64) * 4,
	    s->elements * 4, 2 * cache};
	size_t room = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		room = sizes[i] > room ? sizes[i] : room;
	return room;
}

static int
work_new(struct work *w)
{
	size_t n = w->s->rows;
	uint16_t *host = malloc(w->room);
	int32_t *tokens = calloc(n, sizeof(*tokens));
	int bad = host == NULL || tokens == NULL;

	for (size_t i = 0; !bad && i < w->room / 2; i++)
		host[i] = (uint16_t)(0x3C00 |
		    ((uint32_t)i * 2654435761u >> 16 & 0x807F));
	for (size_t i = 0; !bad && i < n; i++)
		tokens[i] = (int32_t)(i * 7919 % w->s->V);
	if (!bad) {
		w->random = put(w, host, w->room);
		w->tokens = put(w, tokens, n * sizeof(*tokens));
	}
	bad |= w->random == NULL || w->tokens == NULL;
	for (int i = 0; i < BUFFERS; i++) {
		w->any[i] = w->k->alloc(w->k, w->room);
		bad |= w->any[i] == NULL;
	}
	free(host);
	free(tokens);
	return bad ? -1 : 0;
}

static int
run(struct kernels *k, const struct shape *s)
{
	struct work w = {.k = k, .s = s, .room = room_of(s)};
	int bad = work_new(&w);

	if (!bad) {
		products(&w);
		rows(&w);
		state(&w);
		bad = head(&w) ||
		    attention(&w, 1, s->context, 1) ||
		    attention(&w, s->sequences, s->context, 1) ||
		    attention(&w, s->rows / s->length, s->length, s->length);
	}
	for (int i = 0; i < BUFFERS; i++)
		k->free(k, w.any[i]);
	k->free(k, w.random);
	k->free(k, w.tokens);
	if (bad)
		fprintf(stderr, "device_bench: no memory for %s\n", s->name);
	return bad ? 70 : 0;
}

static const struct shape *
shape_of(const char *name)
{
	for (size_t i = 0; i < SHAPES; i++)
		if (strcmp(shapes[i].name, name) == 0)
			return &shapes[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct kernels *k;
	int result = 0;

	if (argc < 2) {
		fputs("usage: device_bench DEVICE [MODEL ...]\n", stderr);
		return 64;
	}
	for (int i = 2; i < argc; i++)
		if (shape_of(argv[i]) == NULL) {
			fprintf(stderr, "device_bench: no model %s\n",
			    argv[i]);
			return 64;
		}
	k = bench_open(argv[1], 0);
	if (k == NULL)
		return 69;
	for (size_t i = 1; argc == 2 && result == 0 && i < SHAPES; i++)
		result = run(k, &shapes[i]);
	for (int i = 2; result == 0 && i < argc; i++)
		result = run(k, shape_of(argv[i]));
	k->close(k);
	return result;
}
