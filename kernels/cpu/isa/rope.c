/*
 * Rotary embedding (arXiv:2104.09864) in halves, with Qwen3's RMSNorm of each
 * head's query and key before it, and the way into the key-value cache.  With a
 * norm a head is worked on in buffers of two padded halves, without one from
 * the projection to its place.
 */
#include <math.h>
#include <omp.h>

#include "kernels/batch.h"
#include "kernels/cpu/isa/half.h"
#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

/* Rows whose norms' gradients are summed on their own, then in row order. */
#define PART_ROWS 32

/* A thread's buffers, each of two halves padded to whole vectors. */
struct head {
	float *x, *y, *weight;
	size_t half;  /* D/2 */
	size_t width; /* of a padded half */
};

static size_t
head_floats(size_t D)
{
	return 3 * 2 * kv_padded(D / 2);
}

static void
head_begin(struct head *h, float *scratch, size_t D)
{
	size_t n = 2 * kv_padded(D / 2);

	memset(scratch, 0, head_floats(D) * sizeof(float));
	h->x = scratch;
	h->y = scratch + n;
	h->weight = scratch + 2 * n;
	h->half = D / 2;
	h->width = n / 2;
}

/* Between D packed floats and two padded halves. */
static void
spread(const struct head *h, float *out, const float *in)
{
	for (size_t d = 0; d < h->half; d += LANES) {
		size_t n = h->half - d;

		vf_store(out + d, vf_load_n(in + d, n, 0));
		vf_store(out + h->width + d,
		    vf_load_n(in + h->half + d, n, 0));
	}
}

/* The way back. */
static void
gather(const struct head *h, float *out, const float *in)
{
	for (size_t d = 0; d < h->half; d += LANES) {
		size_t n = h->half - d;

		vf_store_n(out + d, vf_load(in + d), n);
		vf_store_n(out + h->half + d, vf_load(in + h->width + d), n);
	}
}

static float
dot(const struct head *h, const float *a, const float *b)
{
	vf sum = {0};

	for (size_t d = 0; d < 2 * h->width; d += LANES)
		sum += vf_load(a + d) * vf_load(b + d);
	return vf_sum(sum);
}

static float
head_rstd(const struct head *h, float eps)
{
	return 1 / sqrtf(dot(h, h->x, h->x) / (float)(2 * h->half) + eps);
}

/* x ← RMSNorm(x) · weight. */
static void
normalize(struct head *h, float eps)
{
	float rstd = head_rstd(h, eps);

	for (size_t d = 0; d < 2 * h->width; d += LANES)
		vf_store(h->x + d, vf_load(h->x + d) * rstd *
		    vf_load(h->weight + d));
}

INLINE void
rotate_step(void *out, enum dtype type, const float *in, const float *table,
    float sign, size_t half, size_t d, size_t lanes)
{
	vf a = vf_load_n(in + d, lanes, 0);
	vf b = vf_load_n(in + half + d, lanes, 0);
	vf c = vf_load_n(table + d, lanes, 0);
	vf s = vf_load_n(table + half + d, lanes, 0) * sign;
	vf as = a * s, bs = b * s;

	typed_store(out, type, d, a * c - bs, lanes);
	typed_store(out, type, half + d, b * c + as, lanes);
}

/* out (D) of type = in (D) rotated by the table's angles times sign. */
INLINE void
rotate(void *out, enum dtype type, const float *in, const float *table,
    float sign, size_t half)
{
	if (type == DTYPE_BF16)
		STEPS(d, half, rotate_step(out, DTYPE_BF16, in, table, sign,
		    half, d, lanes));
	else
		STEPS(d, half, rotate_step(out, DTYPE_F32, in, table, sign,
		    half, d, lanes));
}

/* in (D) of type, as the key at position p of its page. */
static void
store_key(void *keys, enum dtype type, size_t p, const void *in, size_t D)
{
	uint32_t *out = (uint32_t *)keys + p;

	for (size_t i = 0; i < D / kv_pair(type); i++)
		memcpy(out + i * KV_PAGE, (const char *)in + i * 4, 4);
}

static void
store_value(void *values, enum dtype type, size_t p, const float *in, size_t D)
{
	for (size_t d = 0; d < D; d += LANES) {
		vf v = vf_load_n(in + d, D - d, 0);
		size_t i = kv_value_index(type, D, p, d);

		if (type == DTYPE_BF16)
			half_pair((uint32_t *)values + i / 2, half_round(v),
			    p);
		else
			vf_store((float *)values + i, v);
	}
}

/* A query or key to out (D) of type, not h->y; in (D) its projection. */
static void
forward_head(struct head *h, void *out, enum dtype type, const float *in,
    const float *table, const float *norm, float eps)
{
	if (norm != NULL) {
		spread(h, h->x, in);
		spread(h, h->weight, norm);
		normalize(h, eps);
		gather(h, h->y, h->x);
		in = h->y;
	}
	rotate(out, type, in, table, 1, h->half);
}

struct forward {
	void *q, *cache;
	const float *qkv, *rope, *q_norm, *k_norm;
	float eps;
	enum dtype type;
	const struct attention_shape *a;
	const struct batch *b;
};

/* Row t, of sequence s. */
static void
forward_row(const struct forward *f, struct head *h, size_t t, size_t s)
{
	const struct attention_shape *a = f->a;
	size_t D = a->head_dim, H = a->heads, G = a->kv_heads;
	size_t p = f->b->first[s] + (t - f->b->start[s]);
	const float *in = f->qkv + t * (H + 2 * G) * D;
	const float *table = f->rope + p * D;

	for (size_t i = 0; i < H; i++)
		forward_head(h, typed_at(f->q, f->type, (t * H + i) * D),
		    f->type, in + i * D, table, f->q_norm, f->eps);
	for (size_t g = 0; g < G && f->cache != NULL; g++) {
		void *keys = kv_keys(f->cache, f->type, a, f->b, s, p, g);

		forward_head(h, h->x, f->type, in + (H + g) * D, table,
		    f->k_norm, f->eps);
		store_key(keys, f->type, p % KV_PAGE, h->x, D);
		store_value(kv_values(keys, f->type, D), f->type, p % KV_PAGE,
		    in + (H + G + g) * D, D);
	}
}

/*
 * The first row from t on that begins a sequence or 16 positions.  Rows up to
 * there share cache lines, and words, of their page: one thread has them all.
 */
static size_t
next_group(const struct batch *b, size_t t)
{
	size_t s, p, left;

	if (t == 0 || t >= b->rows)
		return t;
	s = batch_sequence(b, t);
	p = b->first[s] + t - b->start[s];
	left = t == b->start[s] ? 0 : (16 - p % 16) % 16;
	return t + left < b->start[s + 1] ? t + left : b->start[s + 1];
}

void
ISA_NAME(rope_forward)(struct kernels *k, void *q, void *cache,
    const float *qkv, const float *rope, const float *q_norm,
    const float *k_norm, float eps, enum dtype type,
    const struct attention_shape *a, const struct batch *b)
{
	struct forward f = {q, cache, qkv, rope, q_norm, k_norm, eps, type, a,
	    b};
	size_t D = a->head_dim;
	float *scratch = cpu_scratch(k, (size_t)k->threads * head_floats(D) *
	    sizeof(float));

#pragma omp parallel num_threads(k->threads)
	{
		struct head h;
		size_t i = (size_t)omp_get_thread_num();
		size_t n = (size_t)omp_get_num_threads();
		size_t t = next_group(b, b->rows * i / n);
		size_t end = next_group(b, b->rows * (i + 1) / n);
		size_t s = batch_sequence(b, t);

		head_begin(&h, scratch + i * head_floats(D), D);
		for (; t < end; t++) {
			while (t >= b->start[s + 1])
				s++;
			forward_row(&f, &h, t, s);
		}
	}
}

static void
copy_typed(void *out, enum dtype type, const float *in, size_t n)
{
	if (type == DTYPE_BF16)
		STEPS(i, n, typed_store(out, DTYPE_BF16, i,
		    vf_load_n(in + i, lanes, 0), lanes));
	else
		memcpy(out, in, n * sizeof(*in));
}

/*
 * out (D) of type = dout back through the rotation and, with norm, through
 * y = x·rstd·weight: dx = rstd·(w·dy − x·rstd²·mean(w·dy·x)); dnorm +=
 * dy·x·rstd.
 */
static void
backward_head(struct head *h, void *out, enum dtype type, float *dnorm,
    const float *dout, const float *in, const float *table, const float *norm,
    float eps)
{
	float rstd, mean;

	if (norm == NULL) {
		rotate(out, type, dout, table, -1, h->half);
		return;
	}
	rotate(h->x, DTYPE_F32, dout, table, -1, h->half);
	spread(h, h->y, h->x);
	spread(h, h->x, in);
	spread(h, h->weight, norm);
	rstd = head_rstd(h, eps);
	for (size_t d = 0; d < 2 * h->width; d += LANES) {
		vf dy = vf_load(h->y + d), x = vf_load(h->x + d);

		vf_store(dnorm + d, vf_load(dnorm + d) + dy * (x * rstd));
		vf_store(h->y + d, dy * vf_load(h->weight + d));
	}
	mean = dot(h, h->y, h->x) * rstd * rstd / (float)(2 * h->half);
	for (size_t d = 0; d < 2 * h->width; d += LANES)
		vf_store(h->y + d, (vf_load(h->y + d) -
		    vf_load(h->x + d) * mean) * rstd);
	gather(h, h->x, h->y);
	copy_typed(out, type, h->x, 2 * h->half);
}

struct backward {
	void *dqkv;
	const float *dout, *qkv, *rope, *q_norm, *k_norm;
	float eps;
	enum dtype type;
	const struct attention_shape *a;
	const struct batch *b;
};

/* dnorm: the padded sums of queries' and keys' norms. */
static void
backward_row(const struct backward *f, struct head *h, float *dnorm, size_t t)
{
	const struct attention_shape *a = f->a;
	size_t D = a->head_dim, H = a->heads, G = a->kv_heads;
	size_t s = batch_sequence(f->b, t);
	size_t p = f->b->first[s] + (t - f->b->start[s]);

	for (size_t i = 0; i < H + 2 * G; i++) {
		size_t at = (t * (H + 2 * G) + i) * D;
		const float *in = f->qkv != NULL ? f->qkv + at : NULL;
		void *out = typed_at(f->dqkv, f->type, at);

		if (i < H + G)
			backward_head(h, out, f->type,
			    dnorm + (i < H ? 0 : 2 * h->width), f->dout + at,
			    in, f->rope + p * D, i < H ? f->q_norm : f->k_norm,
			    f->eps);
		else
			copy_typed(out, f->type, f->dout + at, D);
	}
}

/* out (D) += the parts' sums, each of stride floats, in order. */
static void
add_parts(float *out, const float *parts, size_t stride, size_t n, size_t D)
{
	size_t width = kv_padded(D / 2);

	for (size_t i = 0; i < n; i++)
		for (size_t d = 0; d < D; d++)
			out[d] += parts[i * stride +
			    (d < D / 2 ? d : d - D / 2 + width)];
}

void
ISA_NAME(rope_backward)(struct kernels *k, void *dqkv, float *dq_norm,
    float *dk_norm, const float *dout, const float *qkv, const float *rope,
    const float *q_norm, const float *k_norm, float eps, enum dtype type,
    const struct attention_shape *a, const struct batch *b)
{
	struct backward f = {dqkv, dout, qkv, rope, q_norm, k_norm, eps, type,
	    a, b};
	size_t D = a->head_dim, stride = 4 * kv_padded(D / 2);
	size_t parts = (b->rows + PART_ROWS - 1) / PART_ROWS;
	float *scratch = cpu_scratch(k, ((size_t)k->threads * head_floats(D) +
	    parts * stride) * sizeof(float));
	float *sums = scratch + (size_t)k->threads * head_floats(D);

#pragma omp parallel num_threads(k->threads)
	{
		struct head h;

		head_begin(&h, scratch + (size_t)omp_get_thread_num() *
		    head_floats(D), D);
#pragma omp for schedule(static)
		for (size_t i = 0; i < parts; i++) {
			size_t end = (i + 1) * PART_ROWS;

			memset(sums + i * stride, 0, stride * sizeof(float));
			for (size_t t = i * PART_ROWS; t < end && t < b->rows;
			    t++)
				backward_row(&f, &h, sums + i * stride, t);
		}
	}
	if (q_norm != NULL)
		add_parts(dq_norm, sums, stride, parts, D);
	if (k_norm != NULL)
		add_parts(dk_norm, sums + stride / 2, stride, parts, D);
}
