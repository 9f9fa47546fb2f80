/* Rewards to advantages, one mini-batch at a time. */
#include "lib/rl/smooth.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct smooth_method methods[] = {
	{.name = "empg", .scope = SMOOTH_BATCH, .baseline = SMOOTH_MEAN,
	    .needs_reward = 1, .sigmoid = 1},
	{.name = "raw", .scope = SMOOTH_BATCH, .baseline = SMOOTH_NONE,
	    .needs_reward = 1},
	{.name = "star", .scope = SMOOTH_BATCH, .baseline = SMOOTH_NONE,
	    .needs_reward = 1, .positive_only = 1, .fixed_baseline = 1,
	    .constant = 1},
	{.name = "sft", .scope = SMOOTH_BATCH, .baseline = SMOOTH_NONE,
	    .fixed_baseline = 1, .constant = 1},
	{.name = "rloo", .scope = SMOOTH_GROUP, .baseline = SMOOTH_LOO,
	    .needs_reward = 1},
	{.name = "grpo", .scope = SMOOTH_GROUP, .baseline = SMOOTH_MEAN,
	    .needs_reward = 1, .divide = 1},
	{.name = "dr-grpo", .scope = SMOOTH_GROUP, .baseline = SMOOTH_MEAN,
	    .needs_reward = 1},
};

const struct smooth_method *
smooth_list(size_t i)
{
	return i < sizeof(methods) / sizeof(methods[0]) ? &methods[i] : NULL;
}

const struct smooth_method *
smooth_find(const char *name)
{
	const struct smooth_method *m;
	size_t i;

	for (i = 0; (m = smooth_list(i)) != NULL; i++)
		if (strcmp(m->name, name) == 0)
			break;
	return m;
}

struct smooth_options
smooth_defaults(const struct smooth_method *method)
{
	return (struct smooth_options){.method = method,
	    .scope = method->scope, .baseline = method->baseline};
}

static double
sigmoid(double z)
{
	double e;

	if (z >= 0)
		return 1 / (1 + exp(-z));
	e = exp(z);
	return e / (1 + e);
}

/* Orders indices by group, and within a group as they came. */
static int
by_group(const void *a, const void *b, void *items)
{
	const struct smooth_item *x = items;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	if (x[i].group != x[j].group)
		return x[i].group < x[j].group ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* Item indices with groups together; NULL when memory ran out. */
static size_t *
ordered(const struct smooth_item *items, size_t count, int group)
{
	size_t *order = malloc((count + 1) * sizeof(*order)), i;

	if (order == NULL)
		return NULL;
	for (i = 0; i < count; i++)
		order[i] = i;
	if (group)
		qsort_r(order, count, sizeof(*order), by_group, (void *)items);
	return order;
}

/*
 * Statistics of one scope.  Differences from the smallest reward are taken
 * first and divided by a power of two near their range: exact, and neither
 * large nor tiny rewards overflow or vanish when squared.
 */
struct spread {
	double low;
	double unit;      /* the power of two */
	double mean;      /* of (R - low) / unit */
	double squares;   /* sum of squared deviations, in units of unit^2 */
};

static int
measure(const struct smooth_item *items, const size_t *index, size_t n,
    struct spread *s, struct error *err)
{
	double high, d;
	size_t i;

	s->low = high = items[index[0]].reward;
	for (i = 1; i < n; i++) {
		s->low = fmin(s->low, items[index[i]].reward);
		high = fmax(high, items[index[i]].reward);
	}
	if (!isfinite(high - s->low))
		return error_set(err, STATUS_DATA, "reward: too large");
	s->unit = high > s->low ? ldexp(1, ilogb(high - s->low)) : 1;
	s->mean = s->squares = 0;
	for (i = 0; i < n; i++)
		s->mean += (items[index[i]].reward - s->low) / s->unit;
	s->mean /= (double)n;
	for (i = 0; i < n; i++) {
		d = (items[index[i]].reward - s->low) / s->unit - s->mean;
		s->squares += d * d;
	}
	return 0;
}

static double
returned(const struct smooth_method *m, const struct spread *s, double reward,
    size_t n)
{
	double z;

	if (m->constant)
		return 1;
	if (!m->sigmoid)
		return reward;
	if (s->squares == 0)
		return 0.5;
	z = (reward - s->low) / s->unit - s->mean;
	return sigmoid(z / sqrt(s->squares / (double)n));
}

/*
 * The sum of the scope's returns, as differences from its first one: where
 * they are all equal, every mean below is exactly that return.
 */
static double
sum_returns(const struct smooth_item *items, const size_t *index, size_t n)
{
	double base = items[index[0]].given_return, sum = 0;
	size_t i;

	for (i = 1; i < n; i++)
		sum += items[index[i]].given_return - base;
	return sum;
}

static void
finish(struct smooth_item *it, const struct smooth_options *o,
    const struct spread *s, size_t n)
{
	double deviation;

	if (o->method->constant) {
		it->advantage = 1;
		return;
	}
	it->advantage = it->given_return - it->baseline;
	if (!o->method->divide)
		return;
	deviation = n < 2 ? 0 : sqrt(s->squares / (double)(n - 1)) * s->unit;
	it->advantage /= deviation + 1e-6;
}

/* One scope: the ${n} items that ${index} names. */
static int
scope(struct smooth_item *items, const size_t *index, size_t n,
    const struct smooth_options *o, struct error *err)
{
	struct spread s = {0};
	struct smooth_item *it;
	double base, sum;
	size_t i;

	if (measure(items, index, n, &s, err) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		it = &items[index[i]];
		it->given_return = returned(o->method, &s, it->reward, n);
	}
	base = items[index[0]].given_return;
	sum = sum_returns(items, index, n);
	for (i = 0; i < n; i++) {
		it = &items[index[i]];
		if (o->baseline == SMOOTH_VALUE)
			it->baseline = o->value;
		else if (o->baseline == SMOOTH_NONE)
			it->baseline = 0;
		else if (o->baseline == SMOOTH_MEAN || n == 1)
			it->baseline = base + sum / (double)n;
		else
			it->baseline = base + (sum -
			    (it->given_return - base)) / (double)(n - 1);
		finish(it, o, &s, n);
		if (!isfinite(it->advantage))
			return error_set(err, STATUS_DATA,
			    "reward: too large");
	}
	return 0;
}

int
smooth_run(struct smooth_item *items, size_t count,
    const struct smooth_options *o, struct error *err)
{
	size_t *order, i, n;
	int rc = 0;

	order = ordered(items, count, o->scope == SMOOTH_GROUP);
	if (order == NULL)
		return error_set(err, STATUS_INTERNAL, "out of memory");
	for (i = 0; i < count && rc == 0; i += n) {
		n = count - i;
		if (o->scope == SMOOTH_GROUP)
			for (n = 1; i + n < count &&
			    items[order[i + n]].group ==
			    items[order[i]].group;)
				n++;
		rc = scope(items, order + i, n, o, err);
	}
	free(order);
	return rc;
}

size_t
smooth_degenerate(const struct smooth_item *items, size_t count,
    unsigned char *flags, size_t *groups)
{
	size_t *order = ordered(items, count, 1), i, j, n, found = 0;
	int same;

	if (order == NULL)
		return SIZE_MAX;
	for (i = 0; i < count; i += n) {
		same = 1;
		for (n = 1; i + n < count && items[order[i + n]].group ==
		    items[order[i]].group; n++)
			same &= items[order[i + n]].reward ==
			    items[order[i]].reward;
		for (j = i; j < i + n; j++)
			flags[order[j]] = (unsigned char)same;
		found += (size_t)same;
		if (groups != NULL)
			++*groups;
	}
	free(order);
	return found;
}

void
smooth_add(struct smooth_summary *s, const struct smooth_item *items,
    size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (s->records == 0)
			s->advantage_min = s->advantage_max =
			    items[i].advantage;
		s->records++;
		s->reward_sum += items[i].reward;
		s->advantage_sum += items[i].advantage;
		s->advantage_min = fmin(s->advantage_min, items[i].advantage);
		s->advantage_max = fmax(s->advantage_max, items[i].advantage);
	}
	s->batches += count > 0;
}
