/*
 * Causal attention, backward, by blocks of keys without a T×T matrix
 * (arXiv:2205.14135, Alg. 4).  The queries of a group that read a block come
 * in panels of 64 rows, so that each of the five products is a small one in
 * cache.  A task has one part of the batch (parts.h) and one key-value head:
 * the sums' order is fixed, whatever the threads.
 */
#include <math.h>
#include <omp.h>

#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/parts.h"
#include "kernels/cpu/isa/tile.h"

#define PANEL 64 /* rows: (position, query head of the group), heads fastest */

struct problem {
	float *dqkv;
	const float *dout;
	const void *out;
	const float *lse;
	const void *q, *cache;
	enum dtype type;
	const struct attention_shape *a;
	const struct batch *b;
	float scale;
	float *floats; /* what parts add to their prefixes */
};

/* A task's buffers; matrices are padded to `width` columns. */
struct task {
	const struct part *part;
	float *prefix;     /* (part->prefix, 2, D): what is added to it */
	size_t s, g;       /* sequence, key-value head */
	size_t begin, end; /* the part's rows: position·H/G + head */
	const void *keys;  /* this block's, as in the cache */
	size_t p, n;       /* its first position, positions */
	float *k;          /* (KV_PAGE, width) */
	float *v;          /* (D, KV_PAGE) */
	float *dk, *dv;    /* (KV_PAGE, width) */
	float *q, *dout;   /* (PANEL, width) */
	float *dq;         /* (TILE_ROWS, width) */
	float *weight;     /* (PANEL, KV_PAGE): softmax */
	float *dscore;     /* (PANEL, KV_PAGE) */
	float delta[PANEL];
	size_t width;
};

static size_t
task_floats(size_t D)
{
	return (5 * KV_PAGE + TILE_ROWS) * kv_padded(D) + D * KV_PAGE +
	    2 * PANEL * KV_PAGE;
}

static void
task_begin(struct task *task, float *scratch, size_t D)
{
	size_t width = kv_padded(D), n = KV_PAGE * width;

	task->width = width;
	task->k = scratch;
	task->dk = task->k + n;
	task->dv = task->dk + n;
	task->q = task->dv + n;
	task->dout = task->q + n;
	task->dq = task->dout + n;
	task->v = task->dq + TILE_ROWS * width;
	task->weight = task->v + D * KV_PAGE;
	task->dscore = task->weight + PANEL * KV_PAGE;
	memset(task->q, 0, 2 * n * sizeof(float));
}

static inline float
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

/*
 * The block at position p: keys by position and values by dimension, the other
 * way round than the cache has them, and zero where the part has ended.
 */
static void
block_begin(struct task *task, const struct problem *w, size_t p)
{
	size_t D = w->a->head_dim, group = w->a->heads / w->a->kv_heads;
	size_t n = task->end / group - p;
	size_t floats = KV_PAGE * task->width;
	const void *values;

	task->p = p;
	task->n = n = n < KV_PAGE ? n : KV_PAGE;
	task->keys = kv_keys(w->cache, w->type, w->a, w->b, task->s, p,
	    task->g);
	values = kv_values(task->keys, w->type, D);
	memset(task->k, 0, 3 * floats * sizeof(float)); /* dk and dv too */
	memset(task->v, 0, D * KV_PAGE * sizeof(float));
	for (size_t d = 0; d < D; d++) {
		size_t at = w->type == DTYPE_F32 ? d * KV_PAGE :
		    d / 2 * 2 * KV_PAGE + d % 2;
		size_t step = w->type == DTYPE_F32 ? 1 : 2;

		for (size_t j = 0; j < n; j++) {
			task->k[j * task->width + d] = element(task->keys,
			    w->type, at + j * step);
			task->v[d * KV_PAGE + j] = element(values, w->type,
			    j * task->width + d);
		}
	}
}

/* (t, h) of the sequence's row i, as t·H + h. */
static size_t
row_index(const struct task *task, const struct problem *w, size_t i)
{
	size_t group = w->a->heads / w->a->kv_heads;

	return (w->b->start[task->s] + i / group - w->b->first[task->s]) *
	    w->a->heads + task->g * group + i % group;
}

/* Copies of the panel's queries and dout, and Δ = rowsum(dout ∘ out). */
static void
panel_begin(struct task *task, const struct problem *w, size_t i, size_t n)
{
	size_t D = w->a->head_dim;

	for (size_t r = 0; r < n; r++) {
		size_t at = row_index(task, w, i + r) * D;
		float *q = task->q + r * task->width;
		float *dout = task->dout + r * task->width;
		vf delta = {0};

		memcpy(dout, w->dout + at, D * sizeof(float));
		for (size_t d = 0; d < D; d += LANES) {
			float out[LANES] = {0};

			for (size_t e = d; e < d + LANES && e < D; e++) {
				q[e] = element(w->q, w->type, at + e);
				out[e - d] = element(w->out, w->type, at + e);
			}
			delta += vf_load(out) * vf_load(dout + d);
		}
		task->delta[r] = vf_sum(delta);
	}
}

/* Row r of the panel, i of the sequence, reads `own` of the positions. */
static void
gradient_of_scores(struct task *task, const struct problem *w, size_t r,
    size_t i, size_t own, size_t groups)
{
	const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	float *weight = task->weight + r * KV_PAGE;
	float *dscore = task->dscore + r * KV_PAGE;
	float lse = w->lse[row_index(task, w, i)];

	for (size_t j = 0; j < groups * LANES; j += LANES) {
		vi mine = (lane + (int32_t)j - (int32_t)own) >> 31; /* < own */
		vf p = vf_exp(vf_load(weight + j) * w->scale - lse);
		vf ds = p * (vf_load(dscore + j) - task->delta[r]) * w->scale;

		vf_store(weight + j, vf_select(mine, p, vf_set(0)));
		vf_store(dscore + j, vf_select(mine, ds, vf_set(0)));
	}
}

/* Rows r … r+R-1: scores, their gradients, and dq += dscore · keys. */
static void
tile(struct task *task, const struct problem *w, size_t i, size_t r, size_t R)
{
	size_t D = w->a->head_dim, H = w->a->heads, G = w->a->kv_heads;
	size_t last = (i + r + R - 1) / (H / G) + 1 - task->p;
	size_t most = last < KV_PAGE ? last : KV_PAGE;
	size_t groups = (most + LANES - 1) / LANES;
	const void *q[TILE_ROWS];
	const float *dout[TILE_ROWS], *ds[TILE_ROWS];
	float *dscore[TILE_ROWS], *dq[TILE_ROWS];

	for (size_t x = 0; x < R; x++) {
		size_t at = row_index(task, w, i + r + x) * D;

		q[x] = (const char *)w->q + at * kv_type_bytes(w->type);
		dout[x] = task->dout + (r + x) * task->width;
		dscore[x] = task->dscore + (r + x) * KV_PAGE;
		ds[x] = dscore[x];
		dq[x] = task->dq + x * task->width;
		memset(dscore[x], 0, KV_PAGE * sizeof(float));
		memset(dq[x], 0, task->width * sizeof(float));
	}
	ISA_NAME(tile_scores)(task->weight + r * KV_PAGE, q, task->keys,
	    w->type, R, D, groups);
	ISA_NAME(tile_product)(dscore, dout, 1, task->v, KV_PAGE, DTYPE_F32, R,
	    D, groups);
	for (size_t x = 0; x < R; x++)
		gradient_of_scores(task, w, r + x, i + r + x,
		    (i + r + x) / (H / G) + 1 - task->p, groups);
	ISA_NAME(tile_product)(dq, ds, 1, task->k, task->width, DTYPE_F32, R,
	    most, task->width / LANES);
	for (size_t x = 0; x < R; x++) {
		size_t row = row_index(task, w, i + r + x);
		float *out = w->dqkv + (row / H * (H + 2 * G) + row % H) * D;

		for (size_t d = 0; d < D; d++)
			out[d] += dq[x][d];
	}
}

/* dv += weightᵀ · dout and dk += dscoreᵀ · q, over the panel's rows. */
static void
panel_end(struct task *task, const struct problem *w, size_t i, size_t n)
{
	size_t group = w->a->heads / w->a->kv_heads, width = task->width;
	size_t last = (i + n - 1) / group + 1 - task->p;

	last = last < KV_PAGE ? last : KV_PAGE;
	for (size_t j = 0; j < last; j += TILE_ROWS) {
		size_t first = (task->p + j) * group; /* row to read key j */
		size_t skip = first > i ? first - i : 0;
		const float *p[TILE_ROWS], *ds[TILE_ROWS];
		float *dv[TILE_ROWS], *dk[TILE_ROWS];

		for (size_t x = 0; x < TILE_ROWS; x++) {
			p[x] = task->weight + skip * KV_PAGE + j + x;
			ds[x] = task->dscore + skip * KV_PAGE + j + x;
			dv[x] = task->dv + (j + x) * width;
			dk[x] = task->dk + (j + x) * width;
		}
		ISA_NAME(tile_product)(dv, p, KV_PAGE,
		    task->dout + skip * width, width, DTYPE_F32, TILE_ROWS,
		    n - skip, width / LANES);
		ISA_NAME(tile_product)(dk, ds, KV_PAGE,
		    task->q + skip * width, width, DTYPE_F32, TILE_ROWS,
		    n - skip, width / LANES);
	}
}

/* Own positions' gradients are complete but for the other parts' share. */
static void
block_end(const struct task *task, const struct problem *w)
{
	size_t D = w->a->head_dim, H = w->a->heads, G = w->a->kv_heads;

	for (size_t j = 0; j < task->n; j++) {
		const float *dk = task->dk + j * task->width;
		const float *dv = task->dv + j * task->width;
		size_t p = task->p + j;

		if (p < task->part->prefix) {
			float *out = task->prefix + p * 2 * D;

			for (size_t d = 0; d < D; d++) {
				out[d] += dk[d];
				out[D + d] += dv[d];
			}
		} else {
			size_t t = w->b->start[task->s] + p -
			    w->b->first[task->s];
			float *out = w->dqkv + (t * (H + 2 * G) + H +
			    task->g) * D;

			memcpy(out, dk, D * sizeof(float));
			memcpy(out + G * D, dv, D * sizeof(float));
		}
	}
}

/* The part's rows of sequence s. */
static void
sequence_run(struct task *task, const struct problem *w, size_t s)
{
	size_t D = w->a->head_dim, H = w->a->heads, G = w->a->kv_heads;
	size_t n = w->b->start[s + 1] - w->b->start[s], first = w->b->first[s];
	size_t begin = task->part->begin, end = task->part->end;

	end = end < n ? end : n;
	task->s = s;
	task->begin = (first + begin) * (H / G);
	task->end = (first + end) * (H / G);
	for (size_t t = w->b->start[s] + begin; t < w->b->start[s] + end; t++)
		memset(w->dqkv + (t * (H + 2 * G) + task->g * (H / G)) * D, 0,
		    H / G * D * sizeof(float));
	for (size_t p = 0; p < first + end; p += KV_PAGE) {
		size_t i = p * (H / G);

		block_begin(task, w, p);
		for (i = i < task->begin ? task->begin : i; i < task->end;
		    i += PANEL) {
			size_t rows = task->end - i;

			rows = rows < PANEL ? rows : PANEL;
			panel_begin(task, w, i, rows);
			for (size_t r = 0; r < rows; r += TILE_ROWS)
				tile(task, w, i, r, rows - r < TILE_ROWS ?
				    rows - r : TILE_ROWS);
			panel_end(task, w, i, rows);
		}
		block_end(task, w);
	}
}

static void
task_run(struct task *task, const struct problem *w, const struct part *part,
    size_t g)
{
	size_t n = part->prefix * 2 * w->a->head_dim;

	task->part = part;
	task->prefix = w->floats + part->at + g * n;
	task->g = g;
	memset(task->prefix, 0, n * sizeof(float));
	for (size_t s = part->s; s < part->s + part->sequences; s++)
		sequence_run(task, w, s);
}

void
ISA_NAME(attention_backward)(struct kernels *k, float *dqkv, const float *dout,
    const void *out, const float *lse, const void *q, const void *cache,
    enum dtype type, const struct attention_shape *a, const struct batch *b)
{
	struct problem w = {dqkv, dout, out, lse, q, cache, type, a, b,
	    1 / sqrtf((float)a->head_dim), NULL};
	size_t floats, n = ISA_NAME(parts_cut)(NULL, &floats, a, b);
	size_t own = (size_t)k->threads * task_floats(a->head_dim);
	float *scratch = cpu_scratch(k, (own + floats) * sizeof(float) +
	    n * sizeof(struct part));
	struct part *parts = (struct part *)(scratch + own + floats);

	w.floats = scratch + own;
	ISA_NAME(parts_cut)(parts, &floats, a, b);
#pragma omp parallel num_threads(k->threads)
	{
		struct task task;

		task_begin(&task, scratch + (size_t)omp_get_thread_num() *
		    task_floats(a->head_dim), a->head_dim);
#pragma omp for schedule(dynamic)
		for (size_t i = n * a->kv_heads; i > 0; i--)
			task_run(&task, &w, &parts[(i - 1) / a->kv_heads],
			    (i - 1) % a->kv_heads);
	}
	ISA_NAME(parts_add)(k, dqkv, w.floats, parts, n, a, b);
}
