/*
 * Top-k, top-p and min-p without sorting the vocabulary: a lower bound on the
 * logit keeps few candidates, and a quickselect among them finds the last one
 * to keep, exactly.
 */
#include "kernels/cpu/isa/truncate.h"

#include <float.h>

#define MINUS_INF (-__builtin_inff())

/* More probable first, lower index first among equals: no two are equal. */
static int
before(const struct candidate *a, const struct candidate *b)
{
	return (a->logit > b->logit) |
	    ((a->logit == b->logit) & (a->id < b->id));
}

static void
swap(struct candidate *a, struct candidate *b)
{
	struct candidate c = *a;

	*a = *b;
	*b = c;
}

/*
 * Puts those before the pivot in front of it; returns where it is.  Which side
 * one falls on can't be predicted, so there is no branch on it.
 */
static size_t
partition(struct candidate *list, size_t n)
{
	struct candidate *last = list + n - 1;
	size_t m = 0;

	/* The median of three, at the end. */
	if (before(&list[n / 2], &list[0]))
		swap(&list[n / 2], &list[0]);
	if (before(last, &list[0]))
		swap(last, &list[0]);
	if (before(&list[n / 2], last))
		swap(&list[n / 2], last);
	for (size_t i = 0; i < n - 1; i++) {
		swap(&list[i], &list[m]);
		m += (size_t)before(&list[m], last);
	}
	swap(&list[m], last);
	return m;
}

/*
 * The first candidate, most probable first, with which the sum of weights (or
 * with `count` the number) reaches `need`.  Reorders the list.
 */
static struct candidate
select_last(struct candidate *list, size_t n, double need, int count)
{
	while (n > 1) {
		size_t m = partition(list, n);
		double sum = 0;

		for (size_t i = 0; i < m; i++)
			sum += count ? 1.0 : (double)list[i].weight;
		if (m > 0 && sum >= need) {
			n = m;
			continue;
		}
		sum += count ? 1.0 : (double)list[m].weight;
		if (sum >= need || m == n - 1)
			return list[m];
		need -= sum;
		list += m + 1;
		n -= m + 1;
	}
	return list[0];
}

/* Keeps, in their order, what is not behind the last that `need` takes. */
static size_t
keep(struct candidate *list, struct candidate *spare, size_t n, double need,
    int count)
{
	struct candidate last;
	size_t kept = 0;

	memcpy(spare, list, n * sizeof(*list));
	last = select_last(spare, n, need, count);
	for (size_t i = 0; i < n; i++) {
		list[kept] = list[i];
		kept += !before(&last, &list[i]);
	}
	return kept;
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

/*
 * The kth largest of n groups' maxima: at least k logits are not below it.
 * Plain quickselect.
 */
static float
kth_largest(float *a, size_t n, size_t k)
{
	for (;;) {
		float pivot = a[n / 2];
		size_t above = 0, equal = 0;

		for (size_t i = 0; i < n; i++) {
			float x = a[i];

			if (x > pivot) {
				a[i] = a[above + equal];
				a[above + equal] = a[above];
				a[above++] = x;
			} else if (x == pivot) {
				a[i] = a[above + equal];
				a[above + equal++] = x;
			}
		}
		if (k <= above) {
			n = above;
		} else if (k <= above + equal) {
			return pivot;
		} else {
			a += above + equal;
			n -= above + equal;
			k -= above + equal;
		}
	}
}

/* All with logit ≥ bound, in vocabulary order, and their weights' sum. */
static size_t
collect(struct candidate *list, double *sum, const float *groups,
    const float *logits, const struct softmax *s, float bound, size_t V)
{
	float weights[SOFTMAX_BLOCK];
	size_t n = 0;

	for (size_t i = 0; i < V; i += SOFTMAX_BLOCK, groups += LANES) {
		size_t m = V - i < SOFTMAX_BLOCK ? V - i : SOFTMAX_BLOCK;

		if (!vi_any(vf_load(groups) >= bound))
			continue;
		ISA_NAME(softmax_weights)(weights, s, logits + i, m);
		for (size_t j = 0; j < m; j++) {
			list[n] = (struct candidate){logits[i + j],
			    weights[j], (uint32_t)(i + j)};
			n += logits[i + j] >= bound;
		}
	}
	*sum = 0;
	for (size_t i = 0; i < n; i++)
		*sum += list[i].weight;
	return n;
}

/* A superset of what top-p keeps: usually from the first few nats. */
static size_t
collect_mass(struct candidate *list, const float *groups,
    const float *logits, const struct softmax *s, double need, size_t V)
{
	double sum;

	for (float z = -4.0f; z > -64.0f; z *= 2) {
		size_t n = collect(list, &sum, groups, logits, s,
		    s->max + z / s->inverse, V);

		if (sum >= need)
			return n;
	}
	return collect(list, &sum, groups, logits, s, MINUS_INF, V);
}

size_t
ISA_NAME(truncate_row)(struct candidate *list, float *groups,
    const float *logits, const struct softmax *s, const struct sampling *o,
    size_t V)
{
	size_t ngroups = LANES * softmax_blocks(V), n, kept = 0;
	struct candidate *spare = list + V;
	float floor = o->min_p < 1.0f ? o->min_p : 1.0f;
	double sum;

	group_max(groups, logits, V);
	if (o->top_k > 0 && o->top_k < V) {
		float *copy = groups + ngroups, bound = MINUS_INF;

		memcpy(copy, groups, ngroups * sizeof(*copy));
		if (o->top_k <= ngroups)
			bound = kth_largest(copy, ngroups, o->top_k);
		n = collect(list, &sum, groups, logits, s, bound, V);
		n = keep(list, spare, n, (double)o->top_k, 1);
	} else if (o->top_p < 1.0f) {
		n = collect_mass(list, groups, logits, s,
		    o->top_p * s->total, V);
	} else {
		n = collect(list, &sum, groups, logits, s,
		    s->max + (logf(floor) - 0.01f) / s->inverse, V);
	}
	if (o->top_p < 1.0f) {
		sum = s->total;
		if (o->top_k > 0 && o->top_k < V) {
			sum = 0;
			for (size_t i = 0; i < n; i++)
				sum += list[i].weight;
		}
		sum *= o->top_p;
		n = keep(list, spare, n, sum > DBL_MIN ? sum : DBL_MIN, 0);
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].weight >= floor)
			list[kept++] = list[i];
	return kept;
}
