/*
 * One token a row by inverting the cumulative distribution; a block has a draw.
 * Truncation finds the level of the last logit to keep by bisection, without
 * sorting: each step is one pass over the row.
 */
#include "kernels/cuda/cuda.h"

#include <float.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/distribution.h"

#define THREADS DISTRIBUTION_THREADS

struct draws {
	int32_t *token;
	float *logprob;
	const float *logits;
	const uint32_t *index;
	const struct draw *draw;
	struct sampling o;
	size_t V;
};

/* Which tokens count, and what: 1 with `number`, else their weight. */
struct measure {
	float level, top; /* from … to */
	uint32_t last;    /* on the level: up to this index */
	float floor;      /* weights from here on */
	int number;
};

/* A row and the block's shared memory. */
struct row {
	const float *logits;
	size_t V;
	struct distribution s;
	double *blocks;
};

/* Floats in their order, as integers; its own inverse. */
DEVICE int32_t
flip(int32_t i)
{
	return i ^ (int32_t)((uint32_t)(i >> 31) >> 1);
}

DEVICE int32_t
key_of(float x)
{
	int32_t i;

	x += 0.0f; /* -0 equals 0 */
	memcpy(&i, &x, sizeof(i));
	return flip(i);
}

DEVICE float
from_key(int32_t key)
{
	int32_t i = flip(key);
	float x;

	memcpy(&x, &i, sizeof(x));
	return x;
}

DEVICE float
value(const struct row *row, const struct measure *m, size_t i)
{
	float x = row->logits[i], w = 1;

	if (x < m->level || x > m->top || (x == m->level && i > m->last))
		return 0;
	if (!m->number || m->floor > 0)
		w = distribution_weight(&row->s, x);
	if (w < m->floor)
		return 0;
	return m->number ? 1 : w;
}

/* The measure by blocks of the vocabulary, and in all. */
DEVICE double
mass(const struct row *row, const struct measure *m)
{
	size_t n = distribution_blocks(row->V), lane = threadIdx.x % WARP;
	double sum;

	for (size_t b = threadIdx.x / WARP; b < n; b += THREADS / WARP) {
		size_t at = b * DISTRIBUTION_BLOCK;
		size_t end = row->V - at < DISTRIBUTION_BLOCK ? row->V :
		    at + DISTRIBUTION_BLOCK;
		float part = 0;

		for (size_t i = at + lane; i < end; i += WARP)
			part += value(row, m, i);
		part = reduce_warp(part);
		if (lane == 0)
			row->blocks[b] = (double)part;
	}
	SYNC();
	sum = distribution_sum(row->blocks, n);
	SYNC();
	return sum;
}

/*
 * The token with which the measure, whose mass was the last to be added up,
 * goes beyond `want`, from `sum` on, or with `reach` reaches it.  By rounding
 * it may add up to less: then the last that is not 0.
 */
DEVICE size_t
walk_blocks(const struct row *row, const struct measure *m, double sum,
    double want, int reach)
{
	SHARED float values[DISTRIBUTION_BLOCK];
	SHARED size_t found;
	size_t blocks = distribution_blocks(row->V), b = 0, at, n;

	for (; b + 1 < blocks; b++) {
		double next = sum + row->blocks[b];

		if (reach ? next >= want : next > want)
			break;
		sum = next;
	}
	at = b * DISTRIBUTION_BLOCK;
	n = row->V - at < DISTRIBUTION_BLOCK ? row->V - at :
	    DISTRIBUTION_BLOCK;
	EACH_OF_BLOCK(i, n)
		values[i] = value(row, m, at + i);
	SYNC();
	if (threadIdx.x == 0) {
		found = 0;
		for (size_t i = 0; i < n; i++) {
			if (values[i] > 0)
				found = i;
			sum += values[i];
			if (reach ? sum >= want : sum > want)
				break;
		}
	}
	SYNC();
	return at + found;
}

DEVICE size_t
walk(const struct row *row, const struct measure *m, double sum, double want,
    int reach)
{
	(void)mass(row, m);
	return walk_blocks(row, m, sum, want, reach);
}

/* Keeps the most probable of m's tokens, until their mass is `need`. */
DEVICE void
keep_first(const struct row *row, struct measure *m, double need)
{
	int64_t from = key_of(m->level), to = key_of(row->s.max);
	struct measure above = *m, ties = *m;

	while (from < to) {
		int64_t middle = from + (to - from + 1) / 2;

		above.level = from_key((int32_t)middle);
		above.last = UINT32_MAX;
		if (mass(row, &above) >= need)
			from = middle;
		else
			to = middle - 1;
	}
	ties.level = ties.top = from_key((int32_t)from);
	ties.last = ties.level > m->level ? UINT32_MAX : m->last;
	above.level = from_key((int32_t)from + 1);
	above.last = UINT32_MAX;
	ties.last = (uint32_t)walk(row, &ties, mass(row, &above), need, 1);
	m->level = ties.level;
	m->last = ties.last;
}

DEVICE struct measure
truncated(const struct row *row, const struct sampling *o)
{
	struct measure m = {-INFINITY, INFINITY, UINT32_MAX, 0, 0};

	if (o->top_k > 0 && o->top_k < row->V) {
		m.number = 1;
		keep_first(row, &m, (double)o->top_k);
		m.number = 0;
	}
	if (o->top_p < 1.0f) {
		double need = mass(row, &m) * (double)o->top_p;

		keep_first(row, &m, need > DBL_MIN ? need : DBL_MIN);
	}
	m.floor = o->min_p < 1.0f ? o->min_p : 1.0f;
	return m;
}

/* Nothing is cut off: distribution_row left the blocks' masses. */
DEVICE int
plain(const struct sampling *o, size_t V)
{
	return (o->top_k == 0 || o->top_k >= V) && o->top_p >= 1.0f &&
	    !(o->min_p > 0);
}

/* The lowest index of the largest logit. */
DEVICE size_t
argmax(const struct row *row)
{
	float first = (float)row->V;

	EACH_OF_BLOCK(i, row->V)
		if (row->logits[i] == row->s.max && (float)i < first)
			first = (float)i;
	return (size_t)-reduce_max(-first);
}

KERNEL(draw_row, draws)
{
	DYNAMIC(memory);
	size_t r = blockIdx.x, token;
	size_t i = a.index != NULL ? a.index[r] : r;
	struct row row = {a.logits + i * a.V, a.V, {0, 0, 0, 0, 0},
	    (double *)memory};
	struct measure m;

	row.s = distribution_row(row.blocks, row.logits, a.o.temperature, a.V);
	if (isnan(row.s.total)) {
		if (threadIdx.x == 0) {
			a.token[r] = -1;
			a.logprob[r] = NAN;
		}
		return;
	}
	if (a.o.greedy) {
		token = argmax(&row);
	} else {
		m = truncated(&row, &a.o);
		token = walk_blocks(&row, &m, 0,
		    philox_uniform(&a.draw[r]) * (plain(&a.o, a.V) ?
		    row.s.total : mass(&row, &m)), 0);
	}
	if (threadIdx.x == 0) {
		a.token[r] = (int32_t)token;
		a.logprob[r] = distribution_logprob(&row.s,
		    row.logits[token]);
	}
}

void
cuda_sample(struct kernels *k, int32_t *token, float *logprob,
    const float *logits, const uint32_t *index, const struct draw *draw,
    const struct sampling *sampling, size_t R, size_t V)
{
	struct draws a = {token, logprob, logits, index, draw, *sampling, V};

	LAUNCH(k, draw_row, a, R, 1, 1, THREADS, distribution_bytes(V));
}
