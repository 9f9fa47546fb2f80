/*
 * Causal attention over the pages of the key-value cache, forward.  A row is
 * computed with an online softmax (arXiv:2205.14135, Alg. 1), a page at a time
 * from position 0.  Rows that read the same pages go together, but each goes
 * through the steps that it would go through alone: that is what makes
 * prefill, decode and training agree to the bit.
 */
#include <math.h>
#include <omp.h>

#include "kernels/cpu/isa/half.h"
#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/tile.h"

/* Rows of a task: (position, query head of one group), heads fastest. */
#define TASK_ROWS 32

/* A task's rows and their state; o, the unnormalised output, lies behind. */
struct rows {
	float l[TASK_ROWS][LANES]; /* Σ exp(score - m), by lane */
	float s[TILE_ROWS][KV_PAGE];
	uint16_t weight[TILE_ROWS][KV_PAGE]; /* s rounded, for BF16 */
	const void *q[TASK_ROWS];
	float *o[TASK_ROWS];
	size_t row[TASK_ROWS];      /* (t, h) as t·H + h */
	size_t positions[TASK_ROWS]; /* that it reads */
	float m[TASK_ROWS];
	size_t n;
};

static size_t
rows_bytes(size_t D)
{
	size_t bytes = sizeof(struct rows) +
	    TASK_ROWS * kv_padded(D) * sizeof(float);

	return (bytes + 63) / 64 * 64;
}

/* Rows i, i+1, … of sequence s and key-value head g. */
static void
rows_begin(struct rows *rows, const void *q, enum dtype type,
    const struct attention_shape *a, const struct batch *b, size_t s, size_t g,
    size_t i)
{
	size_t group = a->heads / a->kv_heads, D = a->head_dim;
	size_t total = (b->start[s + 1] - b->start[s]) * group;

	rows->n = total - i < TASK_ROWS ? total - i : TASK_ROWS;
	for (size_t r = 0; r < rows->n; r++, i++) {
		size_t row = (b->start[s] + i / group) * a->heads +
		    g * group + i % group;

		rows->row[r] = row;
		rows->positions[r] = b->first[s] + i / group + 1;
		rows->q[r] = (const char *)q + row * D * kv_type_bytes(type);
		rows->o[r] = (float *)(rows + 1) + r * kv_padded(D);
		rows->m[r] = -INFINITY;
		memset(rows->l[r], 0, sizeof(rows->l[r]));
		memset(rows->o[r], 0, kv_padded(D) * sizeof(float));
	}
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
	struct tile_block k = tile_keys(keys, type, D);
	struct tile_block v = tile_values(keys, type, D, 0);
	const void *weight[TILE_ROWS];
	float *s[TILE_ROWS];
	size_t own[TILE_ROWS], most = 0, common = KV_PAGE;

	for (size_t i = 0; i < R; i++) {
		size_t n = rows->positions[r + i] - p;

		own[i] = n < KV_PAGE ? n : KV_PAGE;
		most = own[i] > most ? own[i] : most;
		common = own[i] < common ? own[i] : common;
		s[i] = rows->s[i];
		weight[i] = type == DTYPE_BF16 ? (const void *)rows->weight[i] :
		    (const void *)rows->s[i];
	}
	memset(rows->s, 0, R * sizeof(rows->s[0]));
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
		    kv_type_bytes(type);

		if (own[i] > common)
			ISA_NAME(tile_product)(rows->o + r + i, &rest, 1, &v,
			    type, 1, own[i] - common, kv_padded(D) / LANES);
	}
}

/* Rows that have no positions here come first: they are skipped. */
static void
rows_run(struct rows *rows, const void *cache, enum dtype type,
    const struct attention_shape *a, const struct batch *b, size_t s, size_t g,
    float scale)
{
	size_t positions = rows->positions[rows->n - 1];

	for (size_t p = 0; p < positions; p += KV_PAGE) {
		const void *keys = kv_keys(cache, type, a, b, s, p, g);

		size_t r = 0;

		while (rows->positions[r] <= p)
			r++;
		for (size_t R; r < rows->n; r += R) {
			R = rows->n - r < TILE_ROWS ? rows->n - r : TILE_ROWS;
			tile(rows, r, R, p, keys, type, a->head_dim, scale);
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

/* The sequence of task i: first (S+1) are the sequences' first tasks. */
static size_t
task_sequence(const size_t *first, size_t sequences, size_t i)
{
	size_t low = 0, high = sequences;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (first[middle] <= i)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void
ISA_NAME(attention_forward)(struct kernels *k, void *out, float *lse,
    const void *q, const void *cache, enum dtype type,
    const struct attention_shape *a, const struct batch *b)
{
	size_t D = a->head_dim, group = a->heads / a->kv_heads;
	size_t bytes = rows_bytes(D), tasks = 0;
	char *scratch = cpu_scratch(k, (size_t)k->threads * bytes +
	    (b->sequences + 1) * sizeof(size_t));
	size_t *first = (size_t *)(scratch + (size_t)k->threads * bytes);
	float scale = 1 / sqrtf((float)D);

	for (size_t s = 0; s < b->sequences; s++) {
		size_t rows = (b->start[s + 1] - b->start[s]) * group;

		first[s] = tasks;
		tasks += a->kv_heads * ((rows + TASK_ROWS - 1) / TASK_ROWS);
	}
	first[b->sequences] = tasks;
#pragma omp parallel for schedule(dynamic) num_threads(k->threads)
	for (size_t i = 0; i < tasks; i++) {
		struct rows *rows = (struct rows *)(scratch +
		    (size_t)omp_get_thread_num() * bytes);
		size_t s = task_sequence(first, b->sequences, i);
		size_t g = (i - first[s]) % a->kv_heads;
		size_t chunk = (first[s + 1] - 1 - i) / a->kv_heads;

		rows_begin(rows, q, type, a, b, s, g, chunk * TASK_ROWS);
		rows_run(rows, cache, type, a, b, s, g, scale);
		rows_end(rows, out, lse, type, D);
	}
}
