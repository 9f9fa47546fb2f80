/* Rewards to advantages, one mini-batch at a time. */
#include "lib/rl/smooth.h"

#include <math.h>
#include <string.h>

#include "lib/rl/gae.h"
#include "lib/rl/whiten.h"

static const struct smooth_method methods[] = {
	{.name = "empg", .scope = SMOOTH_BATCH, .baseline = SMOOTH_MEAN,
	    .needs_reward = 1, .sigmoid = 1},
	{.name = "raw", .scope = SMOOTH_BATCH, .baseline = SMOOTH_NONE,
	    .needs_reward = 1},
	{.name = "star", .scope = SMOOTH_BATCH, .baseline = SMOOTH_NONE,
	    .needs_reward = 1, .positive_only = 1, .fixed = 1, .constant = 1},
	{.name = "sft", .scope = SMOOTH_BATCH, .baseline = SMOOTH_NONE,
	    .fixed = 1, .constant = 1},
	{.name = "reinforce", .scope = SMOOTH_BATCH,
	    .baseline = SMOOTH_RUNNING, .needs_reward = 1, .fixed = 1},
	{.name = "rloo", .scope = SMOOTH_GROUP, .baseline = SMOOTH_LOO,
	    .needs_reward = 1},
	{.name = "grpo", .scope = SMOOTH_GROUP, .baseline = SMOOTH_MEAN,
	    .needs_reward = 1, .divide = 1},
	{.name = "dr-grpo", .scope = SMOOTH_GROUP, .baseline = SMOOTH_MEAN,
	    .needs_reward = 1},
	{.name = "ppo", .scope = SMOOTH_BATCH, .baseline = SMOOTH_VALUES,
	    .needs_reward = 1, .fixed = 1, .gae = 1},
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
	    .scope = method->scope, .baseline = method->baseline,
	    .temper = 1, .gamma = 1, .lambda = 1, .whiten = method->gae};
}

int
smooth_by_token(const struct smooth_options *o)
{
	return o->baseline == SMOOTH_VALUES;
}

int
smooth_by_batch(const struct smooth_options *o)
{
	if (o->baseline == SMOOTH_RUNNING || o->whiten)
		return 1;
	return o->scope == SMOOTH_BATCH && (o->method->sigmoid ||
	    o->method->divide || o->baseline == SMOOTH_MEAN ||
	    o->baseline == SMOOTH_LOO);
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
measure(const struct smooth_item *items, size_t n, struct spread *s,
    struct error *err)
{
	double high, d;
	size_t i;

	s->low = high = items[0].reward;
	for (i = 1; i < n; i++) {
		s->low = fmin(s->low, items[i].reward);
		high = fmax(high, items[i].reward);
	}
	if (!isfinite(high - s->low))
		return error_set(err, STATUS_DATA, "reward: too large");
	s->unit = high > s->low ? ldexp(1, ilogb(high - s->low)) : 1;
	s->mean = s->squares = 0;
	for (i = 0; i < n; i++)
		s->mean += (items[i].reward - s->low) / s->unit;
	s->mean /= (double)n;
	for (i = 0; i < n; i++) {
		d = (items[i].reward - s->low) / s->unit - s->mean;
		s->squares += d * d;
	}
	return 0;
}

static double
returned(const struct smooth_options *o, const struct spread *s,
    double reward, size_t n)
{
	double z;

	if (o->method->constant)
		return 1;
	if (!o->method->sigmoid)
		return reward;
	if (s->squares == 0)
		return 0.5;
	z = (reward - s->low) / s->unit - s->mean;
	return sigmoid(o->temper * (z / sqrt(s->squares / (double)n)));
}

/*
 * The sum of the scope's returns, as differences from its first one: where
 * they are all equal, every mean below is exactly that return.
 */
static double
sum_returns(const struct smooth_item *items, size_t n)
{
	double base = items[0].given_return, sum = 0;
	size_t i;

	for (i = 1; i < n; i++)
		sum += items[i].given_return - base;
	return sum;
}

/* The scope's baselines, but those by token. */
static void
set_baselines(struct smooth_item *items, size_t n,
    const struct smooth_options *o)
{
	double base = items[0].given_return, sum = sum_returns(items, n);
	double mean = base + sum / (double)n, all = mean;
	size_t i;

	if (o->baseline == SMOOTH_RUNNING) {
		if (o->running->records > 0)
			all = o->running->mean;
		running_add(o->running, mean, n);
	} else if (o->baseline == SMOOTH_CONSTANT)
		all = o->constant;
	else if (o->baseline != SMOOTH_MEAN && o->baseline != SMOOTH_LOO)
		all = 0;
	for (i = 0; i < n; i++) {
		items[i].baseline = all;
		if (o->baseline == SMOOTH_LOO && n > 1)
			items[i].baseline = base + (sum -
			    (items[i].given_return - base)) / (double)(n - 1);
	}
}

static int
set_token_advantages(struct smooth_item *it, const struct smooth_options *o,
    double divisor, struct error *err)
{
	size_t t;

	if (o->method->gae)
		gae_estimate(it->advantages, it->values, it->tokens,
		    it->reward, o->gamma, o->lambda);
	for (t = 0; t < it->tokens; t++) {
		if (o->method->gae)
			it->returns[t] = it->advantages[t] + it->values[t];
		else {
			it->returns[t] = it->given_return;
			it->advantages[t] = (it->given_return -
			    it->values[t]) / divisor;
		}
		if (!isfinite(it->advantages[t]) || !isfinite(it->returns[t]))
			return error_set(err, STATUS_DATA,
			    "values[%zu]: too large", t);
	}
	return 0;
}

/* One scope of ${n} items. */
static int
scope(struct smooth_item *items, size_t n, const struct smooth_options *o,
    struct error *err)
{
	struct spread s = {0};
	struct smooth_item *it;
	double divisor = 1;

	if (measure(items, n, &s, err) != 0)
		return -1;
	for (it = items; it < items + n; it++)
		it->given_return = returned(o, &s, it->reward, n);
	set_baselines(items, n, o);
	if (o->running != NULL && !isfinite(o->running->mean))
		return error_set(err, STATUS_DATA, "reward: too large");
	if (o->method->divide)
		divisor = 1e-6 + (n < 2 ? 0 :
		    sqrt(s.squares / (double)(n - 1)) * s.unit);
	for (it = items; it < items + n; it++) {
		it->advantage = o->method->constant ? 1 :
		    (it->given_return - it->baseline) / divisor;
		if (!isfinite(it->advantage))
			return error_set(err, STATUS_DATA,
			    "reward: too large");
		if (smooth_by_token(o) &&
		    set_token_advantages(it, o, divisor, err) != 0)
			return -1;
	}
	return 0;
}

int
smooth_run(struct smooth_item *items, size_t count,
    const struct smooth_options *o, struct error *err)
{
	size_t i, n;

	for (i = 0; i < count; i += n) {
		n = count - i;
		if (o->scope == SMOOTH_GROUP)
			for (n = 1; i + n < count &&
			    items[i + n].group == items[i].group;)
				n++;
		if (scope(items + i, n, o, err) != 0)
			return -1;
	}
	return o->whiten ? whiten_advantages(items, count, err) : 0;
}

int
smooth_degenerate(const struct smooth_item *items, size_t count)
{
	size_t i;

	for (i = 1; i < count; i++)
		if (items[i].reward != items[0].reward)
			return 0;
	return 1;
}

void
smooth_add(struct smooth_summary *s, const struct smooth_item *items,
    size_t count)
{
	const double *advantages;
	size_t i, t, n;

	for (i = 0; i < count; i++) {
		s->records++;
		s->reward_sum += items[i].reward;
		advantages = items[i].advantages;
		n = items[i].tokens;
		if (advantages == NULL) {
			advantages = &items[i].advantage;
			n = 1;
		}
		for (t = 0; t < n; t++) {
			if (s->advantages++ == 0)
				s->advantage_min = s->advantage_max =
				    advantages[t];
			s->advantage_sum += advantages[t];
			s->advantage_min = fmin(s->advantage_min,
			    advantages[t]);
			s->advantage_max = fmax(s->advantage_max,
			    advantages[t]);
		}
	}
}
