/*
 * Rotary embedding and the queries' and keys' norms against a reference in
 * double precision, the gradients against its finite differences, and the
 * same bits for any number of threads and any cut of the batch.  The cache is
 * read by its private layout.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/cpu/isa/kv.h"

#define MAX_POSITIONS 80
#define MAX_PAGES 3 /* of a sequence */
#define PAGES (2 * MAX_PAGES)
#define EPS 1e-5

static const char *const isas[] = {"portable", "avx2", "avx512"};

/* Two sequences, the second with positions before its rows. */
static const uint32_t start[] = {0, 50, 71}, first[] = {0, 59};
static const uint32_t pages[PAGES] = {3, 1, 5, 0, 4, 2};
static const struct batch batch = {
	71, 2, NULL, start, first, pages, MAX_PAGES, NULL,
};

_Static_assert(MAX_PAGES * KV_PAGE >= MAX_POSITIONS, "a sequence fits");

static const struct attention_shape shapes[] = {
	{2, 1, 2}, {4, 2, 6}, {3, 3, 24}, {4, 2, 32}, {9, 3, 64}, {2, 1, 80},
	{1, 1, 256},
};

struct data {
	const struct attention_shape *a;
	enum dtype type;
	int norms;
	size_t n; /* elements of qkv */
	float *qkv, *dout, *rope, *norm[2];
};

static float
uniform(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (float)(*state >> 8) * 0x1p-23f - 1;
}

static float *
uniforms(uint32_t *state, size_t n)
{
	float *x = malloc(n * sizeof(*x));

	for (size_t i = 0; i < n; i++)
		x[i] = uniform(state);
	return x;
}

static void
data_new(struct data *x, const struct attention_shape *a, enum dtype type,
    int norms)
{
	uint32_t state = (uint32_t)(a->head_dim + a->heads);
	size_t D = a->head_dim;

	*x = (struct data){.a = a, .type = type, .norms = norms};
	x->n = batch.rows * (a->heads + 2 * a->kv_heads) * D;
	x->qkv = uniforms(&state, x->n);
	x->dout = uniforms(&state, x->n);
	x->norm[0] = uniforms(&state, D);
	x->norm[1] = uniforms(&state, D);
	x->rope = uniforms(&state, MAX_POSITIONS * D);
	for (size_t p = 0; p < MAX_POSITIONS; p++)
		for (size_t d = 0; d < D / 2; d++) {
			double angle = (double)p *
			    pow(100, -(double)d / (double)D);

			x->rope[p * D + d] = (float)cos(angle);
			x->rope[p * D + D / 2 + d] = (float)sin(angle);
		}
}

static void
data_free(struct data *x)
{
	free(x->qkv);
	free(x->dout);
	free(x->rope);
	free(x->norm[0]);
	free(x->norm[1]);
}

/* out (D) from in (D) at position p; norm and rope as in kernels.h. */
static void
reference(double *out, const double *in, const double *norm, const float *rope,
    size_t p, size_t D)
{
	const float *c = rope + p * D, *s = c + D / 2;
	double y[256], sum = 0;

	for (size_t d = 0; d < D; d++)
		sum += in[d] * in[d];
	for (size_t d = 0; d < D; d++)
		y[d] = norm == NULL ? in[d] :
		    in[d] / sqrt(sum / (double)D + EPS) * norm[d];
	for (size_t d = 0; d < D / 2; d++) {
		double a = y[d], b = y[d + D / 2];

		out[d] = a * c[d] - b * s[d];
		out[d + D / 2] = b * c[d] + a * s[d];
	}
}

static double
loss(const float *dout, const double *in, const double *norm, const float *rope,
    size_t p, size_t D)
{
	double out[256], sum = 0;

	reference(out, in, norm, rope, p, D);
	for (size_t d = 0; d < D; d++)
		sum += out[d] * (double)dout[d];
	return sum;
}

static double
element(const void *in, enum dtype type, size_t i)
{
	uint32_t u;
	float x;

	if (type == DTYPE_F32)
		return ((const float *)in)[i];
	u = (uint32_t)((const uint16_t *)in)[i] << 16;
	memcpy(&x, &u, sizeof(x));
	return x;
}

/* bfloat16 has 8 bits; fp32 sums of up to 256 squares here. */
static void
near(const struct data *x, double got, double want, const char *what)
{
	double tolerance = x->type == DTYPE_BF16 ? 0x1p-8 : 4e-6;

	if (!(fabs(got - want) <= tolerance * (1 + fabs(want))))
		fail_msg("%s: %.9g, not %.9g (D %zu)", what, got, want,
		    x->a->head_dim);
}

static size_t
row_position(size_t t, size_t *s)
{
	*s = t >= start[1];
	return first[*s] + (t - start[*s]);
}

static void
check_row(const struct data *x, const void *q, const void *cache, size_t t)
{
	size_t H = x->a->heads, G = x->a->kv_heads, D = x->a->head_dim;
	size_t s, p = row_position(t, &s);

	for (size_t i = 0; i < H + 2 * G; i++) {
		const float *from = x->qkv + (t * (H + 2 * G) + i) * D;
		const void *keys = kv_keys(cache, x->type, x->a, &batch, s, p,
		    i < H ? 0 : (i - H) % G);
		const void *values = kv_values(keys, x->type, D);
		double in[256], norm[256], want[256];

		for (size_t d = 0; d < D; d++) {
			in[d] = from[d];
			norm[d] = x->norm[i >= H][d];
		}
		reference(want, in, x->norms ? norm : NULL, x->rope, p, D);
		for (size_t d = 0; d < D; d++) {
			size_t key = kv_key_index(x->type, p % KV_PAGE, d);
			size_t value = kv_value_index(x->type, D, p % KV_PAGE,
			    d);

			if (i < H)
				near(x, element(q, x->type, (t * H + i) * D +
				    d), want[d], "query");
			else if (i < H + G)
				near(x, element(keys, x->type, key), want[d],
				    "key");
			else
				near(x, element(values, x->type, value), in[d],
				    "value");
		}
	}
}

static void
forward(struct kernels *k, const struct data *x, void *q, void *cache,
    const float *qkv, const struct batch *b)
{
	k->rope_forward(k, q, cache, qkv, x->rope, x->norms ? x->norm[0] : NULL,
	    x->norms ? x->norm[1] : NULL, (float)EPS, x->type, x->a, b);
}

static void
check_forward(struct kernels *k, const struct data *x)
{
	size_t HD = x->a->heads * x->a->head_dim;
	size_t bytes = PAGES * k->kv_page_bytes(x->type, x->a);
	size_t size = dtype_bytes(x->type);
	size_t width = x->n / batch.rows;
	char *cache = k->alloc(k, bytes), *again = k->alloc(k, bytes);
	char *q = malloc(batch.rows * HD * 4);
	char *q2 = malloc(batch.rows * HD * 4);
	uint32_t begin[] = {0, 1}, at;

	forward(k, x, q, cache, x->qkv, &batch);
	for (size_t t = 0; t < batch.rows; t++)
		check_row(x, q, cache, t);
	/* A row a call, and then without a cache, on another thread count. */
	k->threads = 2;
	for (size_t t = 0; t < batch.rows; t++) {
		size_t s;
		struct batch b = {
			1, 1, NULL, begin, &at, pages, MAX_PAGES, NULL,
		};

		at = (uint32_t)row_position(t, &s);
		b.pages += MAX_PAGES * s;
		forward(k, x, q2 + t * HD * size, again, x->qkv + t * width,
		    &b);
	}
	assert_memory_equal(q, q2, batch.rows * HD * size);
	assert_memory_equal(cache, again, bytes);
	memset(q2, 0, batch.rows * HD * size);
	forward(k, x, q2, NULL, x->qkv, &batch);
	assert_memory_equal(q, q2, batch.rows * HD * size);
	k->free(k, cache);
	k->free(k, again);
	free(q);
	free(q2);
}

/* One head's gradients, by central differences of the reference. */
static void
check_head(const struct data *x, const void *dqkv, double *dnorm, size_t t,
    size_t i)
{
	const double h = 1e-6;
	size_t H = x->a->heads, G = x->a->kv_heads, D = x->a->head_dim;
	size_t s, p = row_position(t, &s), at = (t * (H + 2 * G) + i) * D;
	const float *dout = x->dout + at;
	double in[256], norm[256];

	for (size_t d = 0; d < D; d++) {
		in[d] = x->qkv[at + d];
		norm[d] = x->norm[i >= H][d];
	}
	for (size_t d = 0; d < D; d++) {
		double up, down, was = in[d];
		const double *w = x->norms ? norm : NULL;

		if (i >= H + G) {
			near(x, element(dqkv, x->type, at + d), dout[d],
			    "value's gradient");
			continue;
		}
		in[d] = was + h;
		up = loss(dout, in, w, x->rope, p, D);
		in[d] = was - h;
		down = loss(dout, in, w, x->rope, p, D);
		in[d] = was;
		near(x, element(dqkv, x->type, at + d), (up - down) / (2 * h),
		    "gradient");
		if (!x->norms)
			continue;
		was = norm[d];
		norm[d] = was + h;
		up = loss(dout, in, norm, x->rope, p, D);
		norm[d] = was - h;
		down = loss(dout, in, norm, x->rope, p, D);
		norm[d] = was;
		dnorm[(i >= H) * D + d] += (up - down) / (2 * h);
	}
}

static void
backward(struct kernels *k, const struct data *x, void *dqkv, float *dnorm)
{
	size_t D = x->a->head_dim;

	for (size_t d = 0; d < 2 * D; d++)
		dnorm[d] = 1; /* to be added to */
	k->rope_backward(k, dqkv, x->norms ? dnorm : NULL,
	    x->norms ? dnorm + D : NULL, x->dout, x->norms ? x->qkv : NULL,
	    x->rope,
	    x->norms ? x->norm[0] : NULL, x->norms ? x->norm[1] : NULL,
	    (float)EPS, x->type, x->a, &batch);
}

static void
check_backward(struct kernels *k, const struct data *x)
{
	size_t H = x->a->heads, G = x->a->kv_heads, D = x->a->head_dim;
	char *dqkv = malloc(x->n * 4), *again = malloc(x->n * 4);
	float dnorm[512], dnorm2[512];
	double want[512] = {0};

	k->threads = 1;
	backward(k, x, dqkv, dnorm);
	for (size_t i = 0; i < batch.rows * (H + 2 * G); i++)
		check_head(x, dqkv, want, i / (H + 2 * G), i % (H + 2 * G));
	/* fp32 sums over up to 71 rows and 9 heads. */
	for (size_t d = 0; d < 2 * D && x->norms; d++)
		assert_true(fabs(dnorm[d] - 1 - want[d]) <
		    1e-4 * (1 + fabs(want[d])));
	for (int threads = 2; threads <= 3; threads++) {
		k->threads = threads;
		backward(k, x, again, dnorm2);
		assert_memory_equal(dqkv, again, x->n *
		    dtype_bytes(x->type));
		assert_memory_equal(dnorm, dnorm2, 2 * D * sizeof(*dnorm));
	}
	free(dqkv);
	free(again);
}

static void
each(void (*check)(struct kernels *k, const struct data *x))
{
	for (size_t i = 0; i < sizeof(isas) / sizeof(*isas); i++) {
		struct kernels *k;
		struct data x;

		setenv("EMPG_ISA", isas[i], 1);
		k = kernels_cpu(1);
		if (k == NULL) {
			/* Portable code runs everywhere. */
			assert_int_not_equal(i, 0);
			continue;
		}
		for (size_t j = 0; j < sizeof(shapes) / sizeof(*shapes) * 4;
		    j++) {
			data_new(&x, &shapes[j / 4],
			    j % 2 ? DTYPE_BF16 : DTYPE_F32, j / 2 % 2);
			check(k, &x);
			data_free(&x);
		}
		k->close(k);
	}
}

static void
test_forward(void **state)
{
	(void)state;
	each(check_forward);
}

static void
test_backward(void **state)
{
	(void)state;
	each(check_backward);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_backward),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
