/*
 * Top-k, top-p and min-p without sorting the vocabulary: a lower bound on the
 * logit keeps few candidates, and bisection among them finds the level of the
 * last one to keep, exactly.
 */
#include "kernels/cpu/isa/truncate.h"

#include <float.h>

#define MINUS_INF (-__builtin_inff())

/* Floats in their order, as integers; its own inverse. */
static int32_t
flip(int32_t i)
{
	return i ^ (int32_t)((uint32_t)(i >> 31) >> 1);
}

static int32_t
key_of(float x)
{
	int32_t i;

	x += 0.0f; /* -0 equals 0 */
	memcpy(&i, &x, sizeof(i));
	return flip(i);
}

static float
from_key(int32_t key)
{
	int32_t i = flip(key);
	float x;

	memcpy(&x, &i, sizeof(x));
	return x;
}

/* Σ weight, or the number where that is NULL, of logits >= level. */
static double
mass(const float *logit, const float *weight, size_t n, float level)
{
	vf least = vf_set(level), one = vf_set(1);
	double sum = 0;

	for (size_t i = 0; i < n; i += SOFTMAX_BLOCK) {
		size_t end = n - i < SOFTMAX_BLOCK ? n : i + SOFTMAX_BLOCK;
		vf part = {0};

		for (size_t j = i; j < end; j += LANES)
			part += vf_select(vf_less(vf_load(logit + j), least),
			    vf_set(0), weight != NULL ? vf_load(weight + j) :
			    one);
		sum += (double)vf_sum(part);
	}
	return sum;
}

/*
 * The highest level from low to high at which the mass reaches `need`, low if
 * none does: the logit of the last candidate to keep.
 */
static float
find_level(const float *logit, const float *weight, size_t n, double need,
    float low, float high)
{
	int64_t from = key_of(low), to = key_of(high);

	while (from < to) {
		int64_t middle = from + (to - from + 1) / 2;

		if (mass(logit, weight, n, from_key((int32_t)middle)) >= need)
			from = middle;
		else
			to = middle - 1;
	}
	return from_key((int32_t)from);
}

/* The maximum of each group: a lane in a block. */
static void
group_max(float *groups, const float *logits, size_t V)
{
	for (size_t i = 0; i < V; i += SOFTMAX_BLOCK) {
		size_t end = V - i < SOFTMAX_BLOCK ? V : i + SOFTMAX_BLOCK;
		vf m = vf_set(MINUS_INF);

		for (size_t j = i; j < end; j += LANES)
			m = vf_max(vf_load_n(logits + j, end - j, MINUS_INF),
			    m);
		vf_store(groups, m);
		groups += LANES;
	}
}

/* The lanes where keep is -1, to out in their order; returns how many. */
static inline size_t
pack(void *out, vi v, vi keep)
{
#ifdef ISA_avx512
	__mmask16 mask = _mm512_movepi32_mask((__m512i)keep);

	_mm512_storeu_si512(out, _mm512_maskz_compress_epi32(mask,
	    (__m512i)v));
	return (size_t)__builtin_popcount(mask);
#else
	int32_t *to = out;
	size_t n = 0;

	for (int i = 0; i < LANES; i++) {
		to[n] = v[i];
		n += (size_t)-keep[i];
	}
	return n;
#endif
}

static const vi lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    14, 15};

/* Whole vectors: nothing behind the last one. */
static void
pad(struct candidates *c)
{
	vf_store(c->logit + c->n, vf_set(MINUS_INF));
	vf_store(c->weight + c->n, vf_set(0));
}

/* All with logit >= bound. */
static void
collect(struct candidates *c, const float *groups, const float *logits,
    const struct softmax *s, float bound, size_t V)
{
	vf least = vf_set(bound);

	c->n = 0;
	c->low = bound;
	for (size_t i = 0; i < V; i += LANES) {
		size_t lanes = V - i;
		vf x;
		vi keep;

		if (i % SOFTMAX_BLOCK == 0 && !vi_any(~vf_less(vf_load(groups +
		    i / SOFTMAX_BLOCK * LANES), least))) {
			i += SOFTMAX_BLOCK - LANES;
			continue;
		}
		x = vf_load_n(logits + i, lanes, MINUS_INF);
		keep = ~vf_less(x, least);
		if (lanes < LANES)
			keep &= lane_numbers < (int32_t)lanes;
		if (!vi_any(keep))
			continue;
		(void)pack(c->id + c->n, lane_numbers + (int32_t)i, keep);
		c->n += pack(c->logit + c->n, (vi)x, keep);
	}
	pad(c);
	ISA_NAME(softmax_weights)(c->weight, s, c->logit, c->n);
}

/* A superset of what top-p keeps: usually from the first few nats. */
static void
collect_mass(struct candidates *c, const float *groups, const float *logits,
    const struct softmax *s, double need, size_t V)
{
	for (float z = -4.0f; z > -64.0f; z *= 2) {
		collect(c, groups, logits, s, s->max + z / s->inverse, V);
		if (mass(c->logit, c->weight, c->n, MINUS_INF) >= need)
			return;
	}
	collect(c, groups, logits, s, MINUS_INF, V);
}

/*
 * Keeps those above the level, those on it up to index `last`, and of these
 * what weighs `floor` or more.
 */
static void
filter(struct candidates *c, float level, uint32_t last, float floor)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i += LANES) {
		vf x = vf_load(c->logit + i), w = vf_load(c->weight + i);
		vi id, keep;

		memcpy(&id, c->id + i, sizeof(id));
		/* Not below the level, and above it or of an id <= last. */
		keep = vf_less(vf_set(level), x) |
		    (id - (int32_t)last - 1) >> 31;
		keep &= ~vf_less(x, vf_set(level)) & ~vf_less(w, vf_set(floor));
		if (c->n - i < LANES)
			keep &= lane_numbers < (int32_t)(c->n - i);
		(void)pack(c->id + n, id, keep);
		(void)pack(c->weight + n, (vi)w, keep);
		n += pack(c->logit + n, (vi)x, keep);
	}
	c->n = n;
	pad(c);
}

/* Keeps the most probable ones, until their mass (or number) is `need`. */
static void
keep_first(struct candidates *c, const struct softmax *s, double need,
    int number)
{
	const float *weight = number ? NULL : c->weight;
	float level = find_level(c->logit, weight, c->n, need, c->low,
	    s->max);
	double sum = mass(c->logit, weight, c->n,
	    from_key(key_of(level) + 1));
	uint32_t last = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->logit[i] != level)
			continue;
		last = c->id[i];
		sum += number ? 1.0 : (double)c->weight[i];
		if (sum >= need)
			break;
	}
	filter(c, level, last, 0);
}

void
ISA_NAME(truncate_row)(struct candidates *c, float *groups,
    const float *logits, const struct softmax *s, const struct sampling *o,
    size_t V)
{
	size_t ngroups = LANES * softmax_blocks(V);
	float floor = o->min_p < 1.0f ? o->min_p : 1.0f;
	int top_k = o->top_k > 0 && o->top_k < V;

	group_max(groups, logits, V);
	if (top_k) {
		/* So many logits at least are not below it. */
		float bound = o->top_k > ngroups ? MINUS_INF :
		    find_level(groups, NULL, ngroups, (double)o->top_k,
		    MINUS_INF, s->max);

		collect(c, groups, logits, s, bound, V);
		keep_first(c, s, (double)o->top_k, 1);
	} else if (o->top_p < 1.0f) {
		collect_mass(c, groups, logits, s, o->top_p * s->total, V);
	} else {
		collect(c, groups, logits, s,
		    s->max + (logf(floor) - 0.01f) / s->inverse, V);
	}
	if (o->top_p < 1.0f) {
		double sum = top_k ? mass(c->logit, c->weight, c->n,
		    MINUS_INF) : s->total;

		sum *= o->top_p;
		keep_first(c, s, sum > DBL_MIN ? sum : DBL_MIN, 0);
	}
	if (floor > 0)
		filter(c, MINUS_INF, UINT32_MAX >> 1, floor);
}
