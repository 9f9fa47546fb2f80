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

/* What a level parts, and the logits next to it. */
struct cut {
	double mass;     /* Σ weight, or the number, of logits >= level */
	float at, below; /* the lowest of these; the highest of the others */
};

/* Of (logit, weight) (n), n whole vectors; weight NULL: the number. */
static struct cut
cut_at(const float *logit, const float *weight, size_t n, float level)
{
	vf least = vf_set(level), one = vf_set(1);
	vf at = vf_set(-MINUS_INF), below = vf_set(MINUS_INF);
	struct cut c = {0};

	for (size_t i = 0; i < n; i += SOFTMAX_BLOCK) {
		size_t end = n - i < SOFTMAX_BLOCK ? n : i + SOFTMAX_BLOCK;
		vf part = {0};

		for (size_t j = i; j < end; j += LANES) {
			vf x = vf_load(logit + j);
			vi less = vf_less(x, least);

			part += vf_select(less, vf_set(0), weight != NULL ?
			    vf_load(weight + j) : one);
			at = vf_min(vf_select(less, vf_set(-MINUS_INF), x),
			    at);
			below = vf_max(vf_select(less, x, vf_set(MINUS_INF)),
			    below);
		}
		c.mass += (double)vf_sum(part);
	}
	c.at = -vf_hmax(-at);
	c.below = vf_hmax(below);
	return c;
}

/*
 * The highest level from low to high at which the mass reaches `need`, low if
 * none does: the logit of the last candidate to keep.  above: the mass of what
 * is above it.  The mass, rounded though it is, never grows with the level, so
 * every search finds the same: two guesses halve, then a line through the last
 * two says where to look (the secant method), and so on.
 */
static float
find_level(double *above, const float *logit, const float *weight, size_t n,
    double need, float low, float high)
{
	int64_t from = key_of(low), to = key_of(high);
	double error[2] = {0}; /* the mass too much at the last two guesses */
	float x[2] = {0};

	*above = 0;
	for (int i = 0; from < to; i++) {
		int64_t guess = from + (to - from + 1) / 2;
		struct cut c;

		if (i % 8 > 1 && error[0] != error[1])
			guess = key_of(x[1] - (x[1] - x[0]) *
			    (float)(error[1] / (error[1] - error[0])));
		guess = guess <= from ? from + 1 : guess < to ? guess : to;
		x[0] = x[1];
		error[0] = error[1];
		x[1] = from_key((int32_t)guess);
		c = cut_at(logit, weight, n, x[1]);
		error[1] = c.mass - need;
		if (c.mass >= need) {
			from = key_of(c.at);
		} else {
			*above = c.mass;
			to = key_of(c.below);
			to = to > from ? to : from;
		}
	}
	return from_key((int32_t)from);
}

/* The lanes of v that bits name, to out in their order; returns how many. */
static inline size_t
pack(void *out, vi v, unsigned bits)
{
#ifdef ISA_avx512
	_mm512_storeu_si512(out, _mm512_maskz_compress_epi32((__mmask16)bits,
	    (__m512i)v));
	return (size_t)__builtin_popcount(bits);
#else
	int32_t *to = out;
	size_t n = 0;

	for (int i = 0; i < LANES; i++) {
		to[n] = v[i];
		n += bits >> i & 1;
	}
	return n;
#endif
}

static const vi lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    14, 15};

/* The bits of the first n lanes. */
static inline unsigned
first_lanes(size_t n)
{
	return n < LANES ? (1U << n) - 1 : 0xFFFF;
}

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
	float *logit = c->logit;
	uint32_t *id = c->id;
	size_t n = 0, end;

	for (size_t b = 0; b < V; b = end) {
		end = V - b < SOFTMAX_BLOCK ? V : b + SOFTMAX_BLOCK;
		if (!vf_reach(vf_load(groups + b / SOFTMAX_BLOCK * LANES),
		    least))
			continue;
		for (size_t i = b; i < end; i += LANES) {
			vf x = vf_load_n(logits + i, end - i, MINUS_INF);
			unsigned keep = vf_reach(x, least) &
			    first_lanes(end - i);

			if (keep == 0)
				continue;
			(void)pack(id + n, lane_numbers + (int32_t)i, keep);
			n += pack(logit + n, (vi)x, keep);
		}
	}
	c->n = n;
	c->low = bound;
	pad(c);
	ISA_NAME(softmax_weights)(c->weight, s, c->logit, n);
}

static double
mass_of(const struct candidates *c)
{
	return cut_at(c->logit, c->weight, c->n, MINUS_INF).mass;
}

/* A superset of what top-p keeps: usually from the first few nats. */
static void
collect_mass(struct candidates *c, const float *groups, const float *logits,
    const struct softmax *s, double need, size_t V)
{
	for (float z = -4.0f; z > -64.0f; z *= 2) {
		collect(c, groups, logits, s, s->max + z / s->inverse, V);
		if (mass_of(c) >= need)
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
	float *logit = c->logit, *weight = c->weight;
	uint32_t *ids = c->id;
	size_t n = 0, end = c->n;

	for (size_t i = 0; i < end; i += LANES) {
		vf x = vf_load(logit + i), w = vf_load(weight + i);
		unsigned keep = first_lanes(end - i);
		vi id;

		memcpy(&id, ids + i, sizeof(id));
		/* Not below the level, and above it or of an id <= last. */
		keep &= ~vf_reach(vf_set(level), x) |
		    vi_bits(id - (int32_t)last - 1);
		keep &= vf_reach(x, vf_set(level)) & vf_reach(w, vf_set(floor));
		(void)pack(ids + n, id, keep);
		(void)pack(weight + n, (vi)w, keep);
		n += pack(logit + n, (vi)x, keep);
	}
	c->n = n;
	pad(c);
}

/* Of those on the level the last to keep, where `sum` is reached, by index. */
static uint32_t
last_on(const struct candidates *c, float level, double sum, double need,
    int number)
{
	vf on = vf_set(level);
	uint32_t last = 0;

	for (size_t i = 0; i < c->n; i += LANES) {
		vf x = vf_load(c->logit + i);
		unsigned bits = vf_reach(x, on) & vf_reach(on, x) &
		    first_lanes(c->n - i);

		for (; bits != 0; bits &= bits - 1) {
			size_t j = i + (size_t)__builtin_ctz(bits);

			last = c->id[j];
			sum += number ? 1.0 : (double)c->weight[j];
			if (sum >= need)
				return last;
		}
	}
	return last;
}

/* Keeps the most probable ones, until their mass (or number) is `need`. */
static void
keep_first(struct candidates *c, const struct softmax *s, double need,
    int number)
{
	double above;
	float level = find_level(&above, c->logit, number ? NULL : c->weight,
	    c->n, need, c->low, s->max);

	filter(c, level, last_on(c, level, above, need, number), 0);
}

void
ISA_NAME(truncate_row)(struct candidates *c, const float *groups,
    const float *logits, const struct softmax *s, const struct sampling *o,
    size_t V)
{
	size_t ngroups = LANES * softmax_blocks(V);
	float floor = o->min_p < 1.0f ? o->min_p : 1.0f;
	int top_k = o->top_k > 0 && o->top_k < V;

	if (top_k) {
		/* So many logits at least are not below it. */
		double above;
		float bound = o->top_k > ngroups ? MINUS_INF :
		    find_level(&above, groups, NULL, ngroups,
		    (double)o->top_k, MINUS_INF, s->max);

		collect(c, groups, logits, s, bound, V);
		keep_first(c, s, (double)o->top_k, 1);
	} else if (o->top_p < 1.0f) {
		collect_mass(c, groups, logits, s, o->top_p * s->total, V);
	} else {
		collect(c, groups, logits, s,
		    s->max + (logf(floor) - 0.01f) / s->inverse, V);
	}
	if (o->top_p < 1.0f) {
		double sum = top_k ? mass_of(c) : s->total;

		sum *= o->top_p;
		keep_first(c, s, sum > DBL_MIN ? sum : DBL_MIN, 0);
	}
	if (floor > 0)
		filter(c, MINUS_INF, UINT32_MAX >> 1, floor);
}
