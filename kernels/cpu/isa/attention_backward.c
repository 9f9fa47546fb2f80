/*
 * Causal attention, backward, by blocks of keys without a T×T matrix
 * (arXiv:2205.14135, Alg. 4).  The queries of a group that read a block come
 * in panels of 64 rows, so that each of the five products is a small one in
 * cache.  A task has one part of the batch (parts.h) and one key-value head:
 * the sums' order is fixed, whatever the threads.  In bfloat16 every product is
 * one of pairs: weights and the gradients of scores and outputs are rounded.
 */
#include <math.h>
#include <omp.h>

#include "kernels/cpu/isa/half.h"
#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/parts.h"
#include "kernels/cpu/isa/tile.h"
#include "kernels/cpu/isa/typed.h"

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

/*
 * A task's buffers.  Where it says words, BF16 has two rows in one: half as
 * many rows as in F32, in which a word is a float.  `width` is D padded.
 */
struct task {
	const struct part *part;
	float *prefix;     /* (part->prefix, 2, D): what is added to it */
	size_t s, g;       /* sequence, key-value head */
	size_t begin, end; /* the part's rows: position·H/G + head */
	const void *keys;  /* this block's, as in the cache */
	size_t p, n;       /* its first position, positions */
	uint32_t *k;       /* (KV_PAGE, width) words */
	uint32_t *v;       /* (D, KV_PAGE) words */
	float *dk, *dv;    /* (KV_PAGE, width) */
	uint32_t *q, *dout;      /* (PANEL, width) words */
	uint32_t *weight, *ds;   /* (PANEL, KV_PAGE) words: softmax, dscore */
	uint16_t *dout_row;      /* (PANEL, width) BF16 */
	uint16_t *ds_row;        /* (TILE_ROWS, KV_PAGE) BF16 */
	float *score, *dweight;  /* (TILE_ROWS, KV_PAGE) */
	float *dq;               /* (TILE_ROWS, width) */
	float delta[PANEL];
	size_t width;
};

static size_t
task_floats(size_t D)
{
	return (3 * KV_PAGE + 3 * PANEL + TILE_ROWS) * kv_padded(D) +
	    D * KV_PAGE + (2 * PANEL + 3 * TILE_ROWS) * KV_PAGE;
}

static void
task_begin(struct task *task, float *scratch, size_t D)
{
	size_t width = kv_padded(D), block = KV_PAGE * width;
	size_t panel = PANEL * width, tile = TILE_ROWS * KV_PAGE;

	task->width = width;
	task->dk = scratch;
	task->dv = task->dk + block;
	task->k = (uint32_t *)(task->dv + block);
	task->q = task->k + block;
	task->dout = task->q + panel;
	task->dout_row = (uint16_t *)(task->dout + panel);
	task->v = task->dout + 2 * panel;
	task->weight = task->v + D * KV_PAGE;
	task->ds = task->weight + PANEL * KV_PAGE;
	task->ds_row = (uint16_t *)(task->ds + PANEL * KV_PAGE);
	task->score = (float *)(task->ds + PANEL * KV_PAGE) + tile;
	task->dweight = task->score + tile;
	task->dq = task->dweight + tile;
}

/*
 * The block at position p: keys by position and values by dimension, the other
 * way round than the cache has them, and zero where the part has ended.
 */
static void
block_begin(struct task *task, const struct problem *w, size_t p)
{
	size_t D = w->a->head_dim, group = w->a->heads / w->a->kv_heads;
	size_t n = task->end / group - p, width = task->width;
	struct tile_block k, v;

	task->p = p;
	task->n = n = n < KV_PAGE ? n : KV_PAGE;
	task->keys = kv_keys(w->cache, w->type, w->a, w->b, task->s, p,
	    task->g);
	k = tile_keys(task->keys);
	v = tile_values(task->keys, w->type, D, 0);
	/* dk, dv and k; then v. */
	memset(task->dk, 0, 3 * KV_PAGE * width * sizeof(float));
	memset(task->v, 0, D * KV_PAGE * sizeof(float));
	ISA_NAME(tile_transpose)(task->k, width, &k, w->type, n, D);
	ISA_NAME(tile_transpose)(task->v, KV_PAGE, &v, w->type, D, n);
}

/* (t, h) of the sequence's row i, as t·H + h. */
static size_t
row_index(const struct task *task, const struct problem *w, size_t i)
{
	size_t group = w->a->heads / w->a->kv_heads;

	return (w->b->start[task->s] + i / group - w->b->first[task->s]) *
	    w->a->heads + task->g * group + i % group;
}

/*
 * Copies of row r of the panel's query and dout, element d …, for n columns;
 * returns dout ∘ out.
 */
static inline vf
panel_row(struct task *task, const struct problem *w, size_t r, size_t at,
    size_t d, size_t n)
{
	vf dout = vf_load_n(w->dout + at + d, n, 0);
	vf q = typed_load(w->q, w->type, at + d, n);
	size_t to = r * task->width + d;

	if (w->type == DTYPE_F32) {
		vf_store((float *)task->q + to, q);
		vf_store((float *)task->dout + to, dout);
	} else {
		size_t pair = r / 2 * task->width + d;

		half_pair(task->q + pair, (vu)q, r);
		half_pair(task->dout + pair, half_round(dout), r);
		half_store(task->dout_row + to, dout);
	}
	return typed_load(w->out, w->type, at + d, n) * dout;
}

/* The panel's n rows from i on, and Δ = rowsum(dout ∘ out). */
static void
panel_begin(struct task *task, const struct problem *w, size_t i, size_t n)
{
	size_t D = w->a->head_dim;

	for (size_t r = 0; r < n; r++) {
		size_t at = row_index(task, w, i + r) * D;
		vf delta = {0};

		STEPS(d, D, delta += panel_row(task, w, r, at, d, lanes));
		task->delta[r] = vf_sum(delta);
	}
}

/*
 * Softmax and the scores' gradients in row r of the panel, x of the tile and i
 * of the sequence, which reads `own` of the block's positions.
 */
static void
gradient_of_scores(struct task *task, const struct problem *w, size_t r,
    size_t x, size_t i, size_t groups)
{
	const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	size_t own = i / (w->a->heads / w->a->kv_heads) + 1 - task->p;
	const float *score = task->score + x * KV_PAGE;
	const float *dweight = task->dweight + x * KV_PAGE;
	float lse = w->lse[row_index(task, w, i)];

	for (size_t j = 0; j < groups * LANES; j += LANES) {
		vi mine = (lane + (int32_t)j - (int32_t)own) >> 31; /* < own */
		vf s = vf_load(score + j) * w->scale - lse;
		vf p = w->type == DTYPE_BF16 ? half_exp(s) : vf_exp(s);
		vf ds = p * (vf_load(dweight + j) - task->delta[r]) * w->scale;

		p = vf_select(mine, p, vf_set(0));
		ds = vf_select(mine, ds, vf_set(0));
		if (w->type == DTYPE_BF16) {
			size_t pair = r / 2 * KV_PAGE + j;

			half_pair(task->weight + pair, half_round(p), r);
			half_pair(task->ds + pair, half_round(ds), r);
			half_store(task->ds_row + x * KV_PAGE + j, ds);
		} else {
			vf_store((float *)task->weight + r * KV_PAGE + j, p);
			vf_store((float *)task->ds + r * KV_PAGE + j, ds);
		}
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
	struct tile_block keys = tile_keys(task->keys);
	struct tile_block v = {task->v, KV_PAGE, NULL};
	struct tile_block k = {task->k, task->width, NULL};
	const void *q[TILE_ROWS], *dout[TILE_ROWS], *ds[TILE_ROWS];
	float *score[TILE_ROWS], *dweight[TILE_ROWS], *dq[TILE_ROWS];
	int half = w->type == DTYPE_BF16;

	for (size_t x = 0; x < R; x++) {
		size_t at = row_index(task, w, i + r + x) * D;
		size_t row = (r + x) * task->width;

		q[x] = (const char *)w->q + at * dtype_bytes(w->type);
		dout[x] = half ? (const void *)(task->dout_row + row) :
		    (const void *)(task->dout + row);
		ds[x] = half ? (const void *)(task->ds_row + x * KV_PAGE) :
		    (const void *)(task->ds + (r + x) * KV_PAGE);
		score[x] = task->score + x * KV_PAGE;
		dweight[x] = task->dweight + x * KV_PAGE;
		dq[x] = task->dq + x * task->width;
	}
	memset(task->score, 0, R * KV_PAGE * sizeof(float));
	memset(task->dweight, 0, R * KV_PAGE * sizeof(float));
	memset(task->dq, 0, R * task->width * sizeof(float));
	ISA_NAME(tile_product)(score, q, 1, &keys, w->type, R, D, groups);
	ISA_NAME(tile_product)(dweight, dout, 1, &v, w->type, R, D, groups);
	for (size_t x = 0; x < R; x++)
		gradient_of_scores(task, w, r + x, x, i + r + x, groups);
	ISA_NAME(tile_product)(dq, ds, 1, &k, w->type, R, most,
	    task->width / LANES);
	for (size_t x = 0; x < R; x++) {
		size_t row = row_index(task, w, i + r + x);
		float *out = w->dqkv + (row / H * (H + 2 * G) + row % H) * D;

		for (size_t d = 0; d < D; d++)
			out[d] += dq[x][d];
	}
}

/*
 * dv += weightᵀ · dout and dk += dscoreᵀ · q, over the panel's rows from the
 * first that reads the keys, or the one before it where two share a word.
 */
static void
panel_end(struct task *task, const struct problem *w, size_t i, size_t n)
{
	size_t group = w->a->heads / w->a->kv_heads, width = task->width;
	size_t last = (i + n - 1) / group + 1 - task->p;
	size_t pair = kv_pair(w->type);

	last = last < KV_PAGE ? last : KV_PAGE;
	for (size_t j = 0; j < last; j += TILE_ROWS) {
		size_t first = (task->p + j) * group; /* row to read key j */
		size_t skip = first > i ? (first - i) / pair : 0; /* words */
		struct tile_block dout = {task->dout + skip * width, width,
		    NULL};
		struct tile_block q = {task->q + skip * width, width, NULL};
		const void *p[TILE_ROWS], *ds[TILE_ROWS];
		float *dv[TILE_ROWS], *dk[TILE_ROWS];

		for (size_t x = 0; x < TILE_ROWS; x++) {
			p[x] = task->weight + skip * KV_PAGE + j + x;
			ds[x] = task->ds + skip * KV_PAGE + j + x;
			dv[x] = task->dv + (j + x) * width;
			dk[x] = task->dk + (j + x) * width;
		}
		ISA_NAME(tile_product)(dv, p, KV_PAGE, &dout, w->type,
		    TILE_ROWS, n - skip * pair, width / LANES);
		ISA_NAME(tile_product)(dk, ds, KV_PAGE, &q, w->type,
		    TILE_ROWS, n - skip * pair, width / LANES);
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
