/* What a mini-batch's tokens add to its loss, its gradient and its metrics. */
#include "tools/loss.h"

#include <math.h>

#include "lib/base/signals.h"

const char *const loss_norms[] = {"token", "trajectory", "sequence",
    "constant", NULL};
const char *const loss_levels[] = {"token", "sequence", NULL};
const char *const loss_olds[] = {"recompute", "sampler", NULL};

const char *const loss_values[] = {"mse", "bce", NULL};

int
loss_of_values(const struct loss_options *o)
{
	return objective_list[o->objective].loss == NULL;
}

enum trajectory_target
loss_target(const struct loss_options *o)
{
	if (!loss_of_values(o))
		return TRAJECTORY_ADVANTAGE;
	return o->value_loss == LOSS_VALUE_BCE ? TRAJECTORY_REWARD :
	    TRAJECTORY_RETURNS;
}

int
loss_check(const struct loss_options *o, struct error *err)
{
	if (loss_of_values(o) &&
	    (o->beta > 0 || o->tis > 0 || o->entropy > 0))
		return error_set(err, STATUS_USAGE, "--beta, --tis and "
		    "--entropy are for a policy, not for --objective value");
	if (o->value_loss == LOSS_VALUE_BCE && !loss_of_values(o))
		return error_set(err, STATUS_USAGE,
		    "--value-loss needs --objective value");
	if (o->beta > 0 && o->reference == NULL)
		return error_set(err, STATUS_USAGE, "--beta needs --ref DIR");
	if (o->tis > 0 && o->old == LOSS_OLD_SAMPLER)
		return error_set(err, STATUS_USAGE, "--tis is for --old "
		    "recompute: the sampler's ratios have its weight in them");
	return 0;
}

static int
weighs(const struct loss_options *o)
{
	return objective_list[o->objective].weighs;
}

int
loss_reads_sampler(const struct loss_options *o)
{
	return o->tis > 0 || (weighs(o) && o->old == LOSS_OLD_SAMPLER);
}

int
loss_reads_old(const struct loss_options *o)
{
	return o->tis > 0 || (weighs(o) && o->old == LOSS_OLD_RECOMPUTE);
}

int
loss_wants_whole(const struct loss_options *o, int single)
{
	return objective_list[o->objective].whole && o->weights.sequence &&
	    (!single || o->old == LOSS_OLD_SAMPLER);
}

int
loss_skips(const struct loss_options *o, const struct trajectory *t)
{
	return t->zero && o->beta == 0 && o->entropy == 0;
}

/* Tokens from `first` on, of an array that may be missing. */
static const float *
from(const float *a, size_t first)
{
	return a == NULL ? NULL : a + first;
}

/* How much likelier θ* makes each token than its sampler did, up to a cap. */
static const float *
truncated(struct loss *l, const float *old, const float *sampler, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double w = exp((double)old[i] - sampler[i]);

		l->metrics->tis_capped += w > l->options->tis;
		l->factor[i] = (float)fmin(w, l->options->tis);
	}
	return l->factor;
}

/* The objective's own part. */
static void
add_objective(struct loss *l, const struct trajectory *t, double scale,
    const struct loss_rows *r)
{
	const struct loss_options *o = l->options;
	const struct objective *objective = &objective_list[o->objective];
	const float *sampler = from(t->logprobs, r->first);
	const float *old = from(t->old, r->first);
	struct objective_tokens tokens = {.n = r->n,
	    .advantage = t->advantage + r->first, .logprob = r->logprob,
	    .old = o->old == LOSS_OLD_SAMPLER ? sampler : old, .scale = scale};

	if (o->tis > 0)
		tokens.factor = truncated(l, old != NULL ? old : r->logprob,
		    sampler, r->n);
	l->metrics->loss += objective->loss(r->dlogprob, &tokens, &o->weights,
	    &l->metrics->clips);
	if (objective->weighs)
		old = tokens.old != NULL ? tokens.old : r->logprob;
	drift_add(&l->metrics->old, r->logprob, old != NULL ? old : sampler,
	    r->n);
	drift_add(&l->metrics->sampler, r->logprob, sampler, r->n);
}

static void
add_penalties(struct loss *l, const struct trajectory *t, double scale,
    const struct loss_rows *r)
{
	const struct loss_options *o = l->options;
	struct penalty_tokens tokens = {r->n, r->logprob,
	    from(t->reference, r->first), r->kl, o->beta * scale};

	if (o->beta > 0) {
		l->metrics->loss += penalty_kl(r->dlogprob, r->dkl,
		    (enum penalty_kl)o->kl, &tokens);
		drift_add(&l->metrics->reference, tokens.reference, r->logprob,
		    r->n);
		if (o->kl == PENALTY_FULL)
			spread_add(&l->metrics->full, r->kl, r->n);
	}
	if (o->entropy > 0)
		l->metrics->loss += penalty_entropy(r->dentropy, r->entropy,
		    o->entropy * scale, r->n);
	spread_add(&l->metrics->entropy, r->entropy, r->n);
}

int
loss_rows(void *context, const struct loss_rows *rows)
{
	struct loss *l = context;
	const struct trajectory *t =
	    &l->trajectories[l->active[rows->sequence]];
	double scale = objective_scale_token(&l->scale, t->response);

	add_objective(l, t, scale, rows);
	add_penalties(l, t, scale, rows);
	return signals_pending();
}
