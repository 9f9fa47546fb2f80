/* What an optimiser step did, as a record. */
#include "tools/metrics.h"

#include <math.h>
#include <sys/resource.h>

#include "lib/io/field.h"

/* A number, never -0, or null where there is none. */
static int
put(json_t *j, const char *name, double value, struct error *err)
{
	return isfinite(value) ? field_set_real(j, name, value + 0.0, err) :
	    field_set_null(j, name, err);
}

static double
share(double sum, size_t n)
{
	return n > 0 ? sum / (double)n : NAN;
}

size_t
metrics_peak_bytes(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (size_t)u.ru_maxrss * 1024;
}

static int
fill_ratios(json_t *j, const struct metrics *m, struct error *err)
{
	const struct drift *d = &m->old;
	size_t tokens = m->entropy.n;

	if (put(j, "kl", share(d->sum_k3, d->tokens), err) ||
	    put(j, "kl_k1", share(-d->sum, d->tokens), err) ||
	    put(j, "entropy", m->entropy.n ? m->entropy.mean : NAN, err) ||
	    put(j, "ratio_mean", share(d->sum_ratio, d->tokens), err) ||
	    put(j, "ratio_max", d->tokens ? d->max_ratio : NAN, err) ||
	    put(j, "clip_low", m->weighs ?
	    share((double)m->clips.low, tokens) : NAN, err) ||
	    put(j, "clip_high", m->weighs ?
	    share((double)m->clips.high, tokens) : NAN, err) ||
	    put(j, "tis_capped", m->truncates ?
	    share((double)m->tis_capped, tokens) : NAN, err))
		return -1;
	d = &m->sampler;
	return put(j, "mismatch_mean", share(d->sum_abs, d->tokens), err) ||
	    put(j, "mismatch_max", d->tokens ? d->max_abs : NAN, err);
}

static int
fill_reference(json_t *j, const struct metrics *m, struct error *err)
{
	const struct drift *d = &m->reference;

	return put(j, "ref_kl_k1", share(-d->sum, d->tokens), err) ||
	    put(j, "ref_kl_k3", share(d->sum_k3, d->tokens), err) ||
	    put(j, "ref_kl_full", m->full.n ? m->full.mean : NAN, err);
}

static int
fill_advantages(json_t *j, const struct metrics *m, struct error *err)
{
	const struct spread *a = &m->advantage;

	return put(j, "advantage_mean", a->n ? a->mean : NAN, err) ||
	    put(j, "advantage_std", a->n ? spread_deviation(a) : NAN, err) ||
	    put(j, "advantage_min", a->n ? a->min : NAN, err) ||
	    put(j, "advantage_max", a->n ? a->max : NAN, err) ||
	    put(j, "zero_variance_groups", m->groups > 0 ?
	    m->equal_groups / m->groups : NAN, err) ||
	    field_set_u64(j, "trajectories", m->trajectories, err) ||
	    field_set_u64(j, "zero_advantage", m->zero_advantage, err);
}

static int
fill_values(json_t *j, const struct metrics *m, struct error *err)
{
	const struct regression_fit *f = &m->fit;
	size_t n = f->value.n;

	return put(j, "explained_variance", regression_explained(f), err) ||
	    put(j, "value_mean", n ? f->value.mean : NAN, err) ||
	    put(j, "return_mean", n ? f->target.mean : NAN, err) ||
	    put(j, "accuracy", share((double)f->right, f->judged), err) ||
	    field_set_u64(j, "trajectories", m->trajectories, err);
}

static int
fill_policy(json_t *j, const struct metrics *m, struct error *err)
{
	return fill_ratios(j, m, err) || fill_reference(j, m, err) ||
	    fill_advantages(j, m, err);
}

static int
fill(json_t *j, const struct metrics *m, struct error *err)
{
	if (field_set_u64(j, "step", m->step, err) ||
	    put(j, "loss", m->loss, err) ||
	    put(j, "grad_norm", m->grad_norm, err) ||
	    put(j, "lr", m->lr, err) ||
	    (m->values ? fill_values(j, m, err) : fill_policy(j, m, err)) ||
	    field_set_u64(j, "tokens", m->tokens, err) ||
	    field_set_u64(j, "trained_tokens", m->trained_tokens, err) ||
	    field_set_u64(j, "computed_tokens", m->computed_tokens, err) ||
	    put(j, "tokens_per_second",
	    (double)m->trained_tokens / m->seconds, err) ||
	    put(j, "seconds", m->seconds, err) ||
	    field_set_u64(j, "peak_bytes", metrics_peak_bytes(), err) ||
	    (m->skipped && field_set_bool(j, "skipped", 1, err)))
		return -1;
	return 0;
}

json_t *
metrics_record(const struct metrics *m, struct error *err)
{
	json_t *j = json_object();

	if (j == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	if (fill(j, m, err) == 0)
		return j;
	json_decref(j);
	return NULL;
}
