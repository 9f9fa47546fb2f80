/*
 * Causal attention over the pages of the key-value cache, forward.  A row is
 * computed with an online softmax (arXiv:2205.14135, Alg. 1), a page at a time
 * from position 0.  Rows that read the same pages go together, be they one
 * sequence's or those of samples that share a prompt, but each goes through
 * the steps that it would go through alone: that is what makes prefill, decode
 * and training agree to the bit.
 */
#include <math.h>
#include <omp.h>

#include "kernels/cpu/isa/half.h"
#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/tile.h"

/* Rows of a task: (position, query head of one group), heads fastest. */
#define TASK_ROWS 32

/* Rows i … of a sequence, or all those of sequences s … s+sequences-1. */
struct task {
	size_t s, sequences, i;
};

/* A task's rows and their state; o, the unnormalised output, lies behind. */
struct rows {
	float l[TASK_ROWS][LANES]; /* Σ exp(score - m), by lane */
	float score[TILE_ROWS][KV_PAGE];
	uint16_t weight[TILE_ROWS][KV_PAGE]; /* rounded, for BF16 */
	const void *q[TASK_ROWS];
	float *o[TASK_ROWS];
	size_t row[TASK_ROWS];      /* (t, h) as t·H + h */
	size_t s[TASK_ROWS];         /* its sequence */
	size_t positions[TASK_ROWS]; /* that it reads */
	float m[TASK_ROWS];
	size_t n, most; /* rows; positions of the longest */
};

static size_t
rows_bytes(size_t D)
{
	size_t bytes = sizeof(struct rows) +
	    TASK_ROWS * kv_padded(D) * sizeof(float);

	return (bytes + 63) / 64 * 64;
}

static void
rows_begin(struct rows *rows, const void *q, enum dtype type,
    const struct attention_shape *a, const struct batch *b,
    const struct task *task, size_t g)
{
	size_t group = a->heads / a->kv_heads, D = a->head_dim, i = task->i;
	size_t end = task->s + task->sequences, r = 0;

	rows->most = 0;
	for (size_t s = task->s; s < end; s++, i = 0) {
		size_t total = (b->start[s + 1] - b->start[s]) * group;

		for (; i < total && r < TASK_ROWS; i++, r++) {
			size_t row = (b->start[s] + i / group) * a->heads +
			    g * group + i % group;

			rows->s[r] = s;
			rows->row[r] = row;
			rows->positions[r] = b->first[s] + i / group + 1;
			if (rows->positions[r] > rows->most)
				rows->most = rows->positions[r];
			rows->q[r] = (const char *)q +
			    row * D * dtype_bytes(type);
			rows->o[r] = (float *)(rows + 1) + r * kv_padded(D);
			rows->m[r] = -INFINITY;
		}
	}
	rows->n = r;
	memset(rows->l, 0, r * sizeof(rows->l[0]));
	memset(rows + 1, 0, r * kv_padded(D) * sizeof(float));
}

/* A new maximum: the row so far shrinks by exp(old - new). */
static void
rescale(struct rows *rows, size_t r, float m, size_t D)
{
	vf shrink = vf_exp(vf_set(rows->m[r] - m));

	rows->m[r] = m;
	vf_store(rows->l[r], vf_load(rows->l[r]) * shrink);
	for (size_t d = 0; d < kv_padded(D); d += LANES)
		vf_store(rows->o[r] + d, vf_load(rows->o[r] + d) * shrink);
}

/*
 * Turn one row's raw scores s in a page, of which the first n are its own,
 * into exp(score·scale - m).  The sum is that of the weights before rounding.
 */
static void
softmax(struct rows *rows, size_t r, float *s, uint16_t *weight, size_t n,
    enum dtype type, float scale, size_t D)
{
	const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	size_t last = (n - 1) / LANES * LANES;
	vi mine = (lane - (int32_t)(n - last)) >> 31; /* lane < n - last */
	vf top = vf_select(mine, vf_load(s + last), vf_set(-INFINITY)), l;
	float m;

	vf_store(s + last, top);
	for (size_t j = 0; j < last; j += LANES)
		top = vf_max(top, vf_load(s + j));
	m = vf_hmax(top) * scale;
	if (m > rows->m[r])
		rescale(rows, r, m, D);
	l = vf_load(rows->l[r]);
	for (size_t j = 0; j < n; j += LANES) {
		vf x = vf_load(s + j) * scale - rows->m[r], p;

		if (type == DTYPE_BF16) {
			p = half_exp(x);
			half_store(weight + j, p);
		} else {
			p = vf_exp(x);
			vf_store(s + j, p);
		}
		l += p;
	}
	vf_store(rows->l[r], l);
}

/*
 * Take R rows through the page at position p.  Values beyond a row's own
 * positions are not even multiplied by zero: they may be anything.
 */
static void
tile(struct rows *rows, size_t r, size_t R, size_t p, const void *keys,
    enum dtype type, size_t D, float scale)
{
	struct tile_block k = tile_keys(keys);
	struct tile_block v = tile_values(keys, type, D, 0);
	const void *weight[TILE_ROWS];
	float *s[TILE_ROWS];
	size_t own[TILE_ROWS], most = 0, common = KV_PAGE;

	for (size_t i = 0; i < R; i++) {
		size_t n = rows->positions[r + i] - p;

		own[i] = n < KV_PAGE ? n : KV_PAGE;
		most = own[i] > most ? own[i] : most;
		common = own[i] < common ? own[i] : common;
		s[i] = rows->score[i];
		weight[i] = type == DTYPE_BF16 ? (const void *)rows->weight[i] :
		    (const void *)rows->score[i];
	}
	memset(rows->score, 0, R * sizeof(rows->score[0]));
	ISA_NAME(tile_product)(s, rows->q + r, 1, &k, type, R, D,
	    (most + LANES - 1) / LANES);
	for (size_t i = 0; i < R; i++)
		softmax(rows, r + i, s[i], rows->weight[i], own[i], type,
		    scale, D);
	if (common < most)
		common = common / 2 * 2; /* not within a word */
	ISA_NAME(tile_product)(rows->o + r, weight, 1, &v, type, R, common,
	    kv_padded(D) / LANES);
	v = tile_values(keys, type, D, common);
	for (size_t i = 0; i < R; i++) {
		const void *rest = (const char *)weight[i] + common *
		    dtype_bytes(type);

		if (own[i] > common)
			ISA_NAME(tile_product)(rows->o + r + i, &rest, 1, &v,
			    type, 1, own[i] - common, kv_padded(D) / LANES);
	}
}

/* How many rows from r on read the same page at position p, up to a tile. */
static size_t
same_page(const struct rows *rows, const struct batch *b, size_t r, size_t p)
{
	const uint32_t *pages = b->pages + p / KV_PAGE;
	size_t R = 1;

	while (R < TILE_ROWS && r + R < rows->n &&
	    rows->positions[r + R] > p && pages[rows->s[r + R] *
	    b->max_pages] == pages[rows->s[r] * b->max_pages])
		R++;
	return R;
}

static void
rows_run(struct rows *rows, const void *cache, enum dtype type,
    const struct attention_shape *a, const struct batch *b, size_t g,
    float scale)
{
	for (size_t p = 0; p < rows->most; p += KV_PAGE) {
		for (size_t r = 0, R = 1; r < rows->n; r += R, R = 1) {
			if (rows->positions[r] <= p)
				continue;
			R = same_page(rows, b, r, p);
			tile(rows, r, R, p, kv_keys(cache, type, a, b,
			    rows->s[r], p, g), type, a->head_dim, scale);
		}
	}
}

static void
rows_end(const struct rows *rows, void *out, float *lse, enum dtype type,
    size_t D)
{
	for (size_t r = 0; r < rows->n; r++) {
		float l = vf_sum(vf_load(rows->l[r])), inverse = 1 / l;
		size_t at = rows->row[r] * D;

		if (lse != NULL)
			lse[rows->row[r]] = rows->m[r] + logf(l);
		for (size_t d = 0; d < D; d += LANES) {
			vf o = vf_load(rows->o[r] + d) * inverse;

			if (type == DTYPE_BF16)
				vf_store_bf16_n((uint16_t *)out + at + d, o,
				    D - d);
			else
				vf_store_n((float *)out + at + d, o, D - d);
		}
	}
}

/*
 * How many sequences from s on make one task of at most ${limit} rows: those
 * that begin with the same page, which is then read once for all.
 */
static size_t
together(const struct attention_shape *a, const struct batch *b, size_t s,
    size_t limit)
{
	size_t n = 1, group = a->heads / a->kv_heads;

	while (s + n < b->sequences &&
	    (b->start[s + n + 1] - b->start[s]) * group <= limit &&
	    b->pages[(s + n) * b->max_pages] == b->pages[s * b->max_pages])
		n++;
	return n;
}

/* The tasks of one key-value head; ${tasks} has room for all. */
static size_t
tasks_cut(struct task *tasks, const struct attention_shape *a,
    const struct batch *b, int threads)
{
	size_t group = a->heads / a->kv_heads, n = 0, next;
	size_t limit = b->rows * a->heads / (4 * (size_t)threads);

	limit = limit < TASK_ROWS ? limit : TASK_ROWS;
	for (size_t s = 0; s < b->sequences; s = next) {
		size_t rows = (b->start[s + 1] - b->start[s]) * group;

		next = s + together(a, b, s, limit);
		/* The rows with most to read first: threads end together. */
		for (size_t i = (rows + TASK_ROWS - 1) / TASK_ROWS; i > 1; i--)
			tasks[n++] = (struct task){s, 1, (i - 1) * TASK_ROWS};
		tasks[n++] = (struct task){s, next - s, 0};
	}
	return n;
}

void
ISA_NAME(attention_forward)(struct kernels *k, void *out, float *lse,
    const void *q, const void *cache, enum dtype type,
    const struct attention_shape *a, const struct batch *b)
{
	size_t D = a->head_dim, G = a->kv_heads;
	size_t bytes = rows_bytes(D), n;
	size_t room = b->sequences + b->rows * (a->heads / G) / TASK_ROWS;
	char *scratch = cpu_scratch(k, (size_t)k->threads * bytes +
	    room * sizeof(struct task));
	struct task *tasks = (struct task *)(scratch +
	    (size_t)k->threads * bytes);
	float scale = 1 / sqrtf((float)D);

	n = tasks_cut(tasks, a, b, k->threads);
#pragma omp parallel for schedule(dynamic) num_threads(k->threads)
	for (size_t i = 0; i < n * G; i++) {
		struct rows *rows = (struct rows *)(scratch +
		    (size_t)omp_get_thread_num() * bytes);
		size_t g = i % G;

		rows_begin(rows, q, type, a, b, &tasks[i / G], g);
		rows_run(rows, cache, type, a, b, g, scale);
		rows_end(rows, out, lse, type, D);
	}
}
