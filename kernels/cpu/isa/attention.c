/*
 * Causal attention over the pages of the key-value cache, forward.  A row is
 * computed with an online softmax (arXiv:2205.14135, Alg. 1), a span at a time
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
/* Positions of a step of the online softmax, of one page or several. */
#define SPAN 64

_Static_assert(SPAN % KV_PAGE == 0, "a span is of whole pages");

/* Rows i … of a sequence, or all those of sequences s … s+sequences-1. */
struct task {
	size_t s, sequences, i;
};

/* A task's rows and their state; o, the unnormalised output, lies behind. */
struct rows {
	float l[TASK_ROWS][LANES]; /* Σ exp(score - m), by lane */
	float score[TASK_ROWS][SPAN]; /* of a span; then exp(score - m) */
	uint16_t weight[TASK_ROWS][SPAN]; /* the latter rounded, for BF16 */
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

/* What a call of attention_forward is given, for key-value head g. */
struct heads {
	const void *cache, *next; /* keys that are probably read behind these */
	enum dtype type;
	const struct attention_shape *a;
	const struct batch *b;
	size_t g;
};

static const void *
head_keys(const struct heads *h, size_t s, size_t p)
{
	return kv_keys(h->cache, h->type, h->a, h->b, s, p, h->g);
}

/* Rows r … r+R-1 at the page of position p, and the keys read after it. */
struct visit {
	size_t r, R, p;
	const void *keys, *soon;
};

/* How many of the ${width} positions from p on row r reads. */
static size_t
own(const struct rows *rows, size_t r, size_t p, size_t width)
{
	size_t n = rows->positions[r] > p ? rows->positions[r] - p : 0;

	return n < width ? n : width;
}

static void
page_scores(struct rows *rows, const struct heads *h, const struct visit *v)
{
	struct tile_block k = tile_keys(v->keys);
	float *s[TILE_ROWS];
	size_t most = 0;

	k.soon = kv_values(v->keys, h->type, h->a->head_dim);
	for (size_t i = 0; i < v->R; i++) {
		size_t n = own(rows, v->r + i, v->p, KV_PAGE);

		most = n > most ? n : most;
		s[i] = rows->score[v->r + i] + v->p % SPAN;
		memset(s[i], 0, KV_PAGE * sizeof(*s[i]));
	}
	ISA_NAME(tile_product)(s, rows->q + v->r, 1, &k, h->type, v->R,
	    h->a->head_dim, (most + LANES - 1) / LANES);
}

/*
 * Values beyond a row's own positions are not even multiplied by zero: they
 * may be anything.
 */
static void
page_values(struct rows *rows, const struct heads *h, const struct visit *v)
{
	size_t D = h->a->head_dim, groups = kv_padded(D) / LANES;
	struct tile_block values = tile_values(v->keys, h->type, D, 0);
	size_t common = KV_PAGE, most = 0;
	const void *weight[TILE_ROWS];

	for (size_t i = 0; i < v->R; i++) {
		size_t r = v->r + i, n = own(rows, r, v->p, KV_PAGE);

		most = n > most ? n : most;
		common = n < common ? n : common;
		weight[i] = h->type == DTYPE_BF16 ?
		    (const void *)(rows->weight[r] + v->p % SPAN) :
		    (const void *)(rows->score[r] + v->p % SPAN);
	}
	if (common < most)
		common = common / 2 * 2; /* not within a word */
	values.soon = v->soon;
	ISA_NAME(tile_product)(rows->o + v->r, weight, 1, &values, h->type,
	    v->R, common, groups);
	values = tile_values(v->keys, h->type, D, common);
	for (size_t i = 0; i < v->R && common < most; i++) {
		const void *rest = (const char *)weight[i] + common *
		    dtype_bytes(h->type);
		size_t n = own(rows, v->r + i, v->p, KV_PAGE);

		if (n > common)
			ISA_NAME(tile_product)(rows->o + v->r + i, &rest, 1,
			    &values, h->type, 1, n - common, groups);
	}
}

/*
 * Turn row r's raw scores in the span at p into exp(score·scale - m).  The sum
 * is that of the weights before rounding.
 */
static void
softmax(struct rows *rows, size_t r, size_t p, enum dtype type, float scale,
    size_t D)
{
	const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	size_t n = own(rows, r, p, SPAN), last = (n - 1) / LANES * LANES;
	float *s = rows->score[r], m;
	vi mine = (lane - (int32_t)(n - last)) >> 31; /* lane < n - last */
	vf top = vf_select(mine, vf_load(s + last), vf_set(-INFINITY)), l;

	vf_store(s + last, top);
	for (size_t j = 0; j < last; j += LANES)
		top = vf_max(top, vf_load(s + j));
	m = vf_hmax(top) * scale;
	if (m > rows->m[r])
		rescale(rows, r, m, D);
	l = vf_load(rows->l[r]);
	for (size_t j = 0; j < n; j += LANES) {
		vf x = vf_load(s + j) * scale - rows->m[r], e;

		if (type == DTYPE_BF16) {
			e = half_exp(x);
			half_store(rows->weight[r] + j, e);
		} else {
			e = vf_exp(x);
			vf_store(s + j, e);
		}
		l += e;
	}
	vf_store(rows->l[r], l);
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

/* Take all rows through the pages of the span at p, by scores or values. */
static void
span_pages(struct rows *rows, const struct heads *h, size_t p,
    void (*page)(struct rows *, const struct heads *, const struct visit *))
{
	size_t end = p + SPAN < rows->most ? p + SPAN : rows->most;
	struct visit v = {0};

	for (v.p = p; v.p < end; v.p += KV_PAGE) {
		for (v.r = 0; v.r < rows->n; v.r += v.R) {
			v.R = 1;
			if (rows->positions[v.r] <= v.p)
				continue;
			v.R = same_page(rows, h->b, v.r, v.p);
			v.keys = head_keys(h, rows->s[v.r], v.p);
			v.soon = rows->positions[v.r] > v.p + SPAN ?
			    head_keys(h, rows->s[v.r], v.p + SPAN) : h->next;
			page(rows, h, &v);
		}
	}
}

static void
rows_run(struct rows *rows, const struct heads *h)
{
	float scale = 1 / sqrtf((float)h->a->head_dim);

	for (size_t p = 0; p < rows->most; p += SPAN) {
		span_pages(rows, h, p, page_scores);
		for (size_t r = 0; r < rows->n; r++)
			if (rows->positions[r] > p)
				softmax(rows, r, p, h->type, scale,
				    h->a->head_dim);
		span_pages(rows, h, p, page_values);
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

	n = tasks_cut(tasks, a, b, k->threads);
#pragma omp parallel for schedule(dynamic) num_threads(k->threads)
	for (size_t i = 0; i < n * G; i++) {
		struct rows *rows = (struct rows *)(scratch +
		    (size_t)omp_get_thread_num() * bytes);
		size_t j = i + (size_t)k->threads < n * G ?
		    i + (size_t)k->threads : i;
		struct heads h = {cache, kv_keys(cache, type, a, b,
		    tasks[j / G].s, 0, j % G), type, a, b, i % G};

		rows_begin(rows, q, type, a, b, &tasks[i / G], h.g);
		rows_run(rows, &h);
		rows_end(rows, out, lse, type, D);
	}
}
