/*
 * Attention against a reference in double precision, its gradient against
 * finite differences, and the batch invariance that kernels.h promises.
 * Pages start as NaNs and lie in a shuffled order: nothing beyond a row's own
 * positions may matter.  Queries, keys and values come in by rope_forward with
 * angles of zero, which leaves them as they are.
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

static float
uniform(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (float)(*state >> 8) * 0x1p-23f - 1;
}

/* To bfloat16's precision; rounding half up is enough here. */
static float
bf16(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof(u));
	u = (u + 0x8000) & 0xFFFF0000;
	memcpy(&x, &u, sizeof(x));
	return x;
}

static void
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

static struct world *
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

static void
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

static struct result *
result_new(const struct world *w)
{
	struct result *r = calloc(1, sizeof(*r));

	r->out = calloc(w->rows * w->a.heads * w->a.head_dim, sizeof(float));
	r->lse = calloc(w->rows * w->a.heads, sizeof(float));
	r->dqkv = calloc(w->rows * w->width, sizeof(float));
	return r;
}

static void
result_free(struct result *r)
{
	free(r->out);
	free(r->lse);
	free(r->dqkv);
	free(r);
}

static void *
nan_cache(struct kernels *k, const struct world *w)
{
	size_t bytes = w->sequences * w->max_pages *
	    k->kv_page_bytes(w->type, &w->a);
	void *cache = k->alloc(k, bytes);

	assert_non_null(cache);
	memset(cache, 0xFF, bytes);
	return cache;
}

static void
widen(struct kernels *k, float *out, const void *in, enum dtype type, size_t n)
{
	k->convert(k, out, DTYPE_F32, in, type, n);
}

/*
 * `count` rows of each sequence from `first`, all of them with dout (rows,
 * H·D) for the gradient too.
 */
static void
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
	    w->max_pages};

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
static void
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

/* Softmax weights of row t (in its sequence), head h; returns their lse. */
static double
reference_weights(const struct world *w, const double *x, size_t t, size_t h,
    double *p)
{
	size_t D = w->a.head_dim, H = w->a.heads, g = h * w->a.kv_heads / H;
	double max = -INFINITY, sum = 0;

	for (size_t j = 0; j <= t; j++) {
		p[j] = 0;
		for (size_t d = 0; d < D; d++)
			p[j] += x[t * w->width + h * D + d] *
			    x[j * w->width + (H + g) * D + d];
		p[j] /= sqrt((double)D);
		max = fmax(max, p[j]);
	}
	for (size_t j = 0; j <= t; j++)
		sum += p[j] = exp(p[j] - max);
	for (size_t j = 0; j <= t; j++)
		p[j] /= sum;
	return max + log(sum);
}

/*
 * One sequence x (n, width): out (n, H·D), lse (n, H), and with dout (n, H·D)
 * dx (n, width), zero before.  Returns Σ dout·out.
 */
static double
reference(const struct world *w, double *out, double *lse, double *dx,
    const double *x, const double *dout, size_t n)
{
	size_t D = w->a.head_dim, H = w->a.heads, G = w->a.kv_heads;
	double *p = calloc(2 * n, sizeof(*p)), *dp = p + n, total = 0;

	for (size_t i = 0; i < n * H; i++) {
		size_t t = i / H, h = i % H, g = h * G / H;
		const double *k = x + (H + g) * D, *v = k + G * D;
		double sum = 0;

		lse[i] = reference_weights(w, x, t, h, p);
		for (size_t d = 0; d < D; d++)
			out[i * D + d] = 0;
		for (size_t j = 0; j <= t; j++) {
			dp[j] = 0;
			for (size_t d = 0; d < D; d++) {
				double o = dout[i * D + d];

				out[i * D + d] += p[j] * v[j * w->width + d];
				dp[j] += o * v[j * w->width + d];
				if (dx != NULL)
					dx[j * w->width + (H + G + g) * D +
					    d] += p[j] * o;
			}
			sum += p[j] * dp[j];
		}
		total += sum;
		for (size_t j = 0; j <= t && dx != NULL; j++) {
			double ds = p[j] * (dp[j] - sum) / sqrt((double)D);

			for (size_t d = 0; d < D; d++) {
				dx[t * w->width + h * D + d] +=
				    ds * k[j * w->width + d];
				dx[j * w->width + (H + g) * D + d] +=
				    ds * x[t * w->width + h * D + d];
			}
		}
	}
	free(p);
	return total;
}

static void
near(const float *got, const double *want, size_t n, double tolerance)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs(got[i] - want[i]) <=
		    tolerance * (1 + fabs(want[i]))))
			fail_msg("element %zu of %zu: %.9g, not %.9g", i, n,
			    got[i], want[i]);
}

static double *
doubles(const float *in, size_t n)
{
	double *out = calloc(n, sizeof(*out));

	for (size_t i = 0; in != NULL && i < n; i++)
		out[i] = in[i];
	return out;
}

/*
 * fp32: rounding of sums of up to 256 products.  bfloat16: out has 8 bits and
 * goes into Δ; lse stays fp32 as the inputs are exact.
 */
static void
check_reference(struct kernels *k, struct world *w)
{
	double tolerance = w->type == DTYPE_BF16 ? 0x1p-7 : 2e-5;
	size_t HD = w->a.heads * w->a.head_dim, H = w->a.heads;
	struct result *r = result_new(w);
	float *dout = malloc(w->rows * HD * sizeof(float));

	for (size_t i = 0; i < w->rows * HD; i++)
		dout[i] = uniform(&w->state);
	run(k, w, r, whole, 1, dout);
	for (size_t s = 0; s < w->sequences; s++) {
		size_t n = w->length[s], at = w->offset[s];
		double *x = doubles(w->qkv + at * w->width, n * w->width);
		double *d = doubles(dout + at * HD, n * HD);
		double *dx = doubles(NULL, n * w->width);
		double *out = doubles(NULL, n * HD), *lse = doubles(NULL, n * H);

		reference(w, out, lse, dx, x, d, n);
		near(r->out + at * HD, out, n * HD, tolerance);
		near(r->lse + at * H, lse, n * H, 2e-5);
		near(r->dqkv + at * w->width, dx, n * w->width,
		    4 * tolerance);
		free(x);
		free(d);
		free(dx);
		free(out);
		free(lse);
	}
	free(dout);
	result_free(r);
}

/* The reference's own gradient, by central differences. */
static void
test_differences(void **state)
{
	static const size_t length[] = {7};
	const double h = 1e-5;
	struct world *w = world_new(DTYPE_F32, 4, 2, 6, length, 1);
	size_t n = w->rows * w->width, m = w->rows * 24;
	double *x = doubles(w->qkv, n), *dx = doubles(NULL, n);
	double *out = doubles(NULL, m), *lse = doubles(NULL, m);
	double *dout = doubles(NULL, m);

	(void)state;
	for (size_t i = 0; i < m; i++)
		dout[i] = uniform(&w->state);
	reference(w, out, lse, dx, x, dout, 7);
	for (size_t i = 0; i < n; i++) {
		double was = x[i], up, down;

		x[i] = was + h;
		up = reference(w, out, lse, NULL, x, dout, 7);
		x[i] = was - h;
		down = reference(w, out, lse, NULL, x, dout, 7);
		x[i] = was;
		assert_true(fabs((up - down) / (2 * h) - dx[i]) < 1e-7);
	}
	free(x);
	free(dx);
	free(out);
	free(lse);
	free(dout);
	world_free(w);
}

static void
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

static void
test_reference(void **state)
{
	static const size_t length[] = {1, 64, 13, 65, 150};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		each_isa(check_reference, *(enum dtype *)*state, shapes[i].H,
		    shapes[i].G, shapes[i].D, length, 5);
}

static void
check_invariance(struct kernels *k, struct world *w)
{
	static const size_t one[] = {1}, seven[] = {7}, many[] = {33, 1, 70, 0};
	static const struct {
		const size_t *chunk;
		size_t chunks;
		int threads;
	} ways[] = {
		{whole, 1, 2}, {whole, 1, 3}, {one, 1, 1},
		{seven, 1, 2}, {many, 4, 2},
	};
	size_t HD = w->a.heads * w->a.head_dim;
	float *dout = malloc(w->rows * HD * sizeof(float));
	struct result *want = result_new(w);

	for (size_t i = 0; i < w->rows * HD; i++)
		dout[i] = uniform(&w->state);
	k->threads = 1;
	run(k, w, want, whole, 1, dout);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		int all = ways[i].chunk == whole;
		struct result *got = result_new(w);

		k->threads = ways[i].threads;
		run(k, w, got, ways[i].chunk, ways[i].chunks,
		    all ? dout : NULL);
		assert_memory_equal(got->out, want->out, w->rows * HD * 4);
		assert_memory_equal(got->lse, want->lse,
		    w->rows * w->a.heads * 4);
		if (all)
			assert_memory_equal(got->dqkv, want->dqkv,
			    w->rows * w->width * 4);
		result_free(got);
	}
	free(dout);
	result_free(want);
}

static void
test_invariance(void **state)
{
	static const size_t length[] = {131, 1, 64, 20, 200, 65};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (shapes[i].D <= 64)
			each_isa(check_invariance, *(enum dtype *)*state,
			    shapes[i].H, shapes[i].G, shapes[i].D, length, 6);
}

/* A copied page reads as its source does. */
static void
check_copy(struct kernels *k, struct world *w)
{
	struct result *a = result_new(w), *b = result_new(w);
	uint32_t first = 0, count = 40, page = w->pages[0];
	void *cache = nan_cache(k, w);

	step(k, w, cache, a, &first, &count, NULL);
	first = 40;
	count = 3;
	k->kv_copy(k, cache, w->type, &w->a, w->pages[1], page);
	w->pages[0] = w->pages[1];
	step(k, w, cache, b, &first, &count, NULL);
	w->pages[0] = page;
	step(k, w, cache, a, &first, &count, NULL);
	for (size_t i = 40 * w->a.heads; i < 43 * w->a.heads; i++)
		assert_memory_equal(a->out + i * w->a.head_dim,
		    b->out + i * w->a.head_dim, w->a.head_dim * 4);
	k->free(k, cache);
	result_free(a);
	result_free(b);
}

static void
test_copy(void **state)
{
	static const size_t length[] = {43};

	each_isa(check_copy, *(enum dtype *)*state, 4, 2, 24, length, 1);
}

int
main(void)
{
	static enum dtype f32 = DTYPE_F32, half = DTYPE_BF16;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		{"test_reference f32", test_reference, NULL, NULL, &f32},
		{"test_reference bf16", test_reference, NULL, NULL, &half},
		{"test_invariance f32", test_invariance, NULL, NULL, &f32},
		{"test_invariance bf16", test_invariance, NULL, NULL, &half},
		{"test_copy f32", test_copy, NULL, NULL, &f32},
		{"test_copy bf16", test_copy, NULL, NULL, &half},
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
