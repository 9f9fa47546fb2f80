/* What an optimiser step did, as a record. */
#include "tools/metrics.h"

#include <math.h>
#include <sys/resource.h>

#include "lib/io/field.h"

/* A number, or null where there is none. */
static int
put(json_t *j, const char *name, double value, struct error *err)
{
	return isfinite(value) ? field_set_real(j, name, value, err) :
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
fill(json_t *j, const struct metrics *m, struct error *err)
{
	const struct drift *d = &m->drift;
	size_t n = d->tokens;

	if (field_set_u64(j, "step", m->step, err) ||
	    put(j, "loss", m->loss, err) ||
	    put(j, "grad_norm", m->grad_norm, err) ||
	    put(j, "lr", m->lr, err) ||
	    put(j, "kl", share(d->sum_k3, n), err) ||
	    put(j, "entropy", share(d->sum_entropy, d->entropies), err) ||
	    put(j, "ratio_mean", share(d->sum_ratio, n), err) ||
	    put(j, "ratio_max", n ? d->max_ratio : NAN, err) ||
	    put(j, "mismatch_mean", share(d->sum_abs, n), err) ||
	    put(j, "mismatch_max", n ? d->max_abs : NAN, err))
		return -1;
	if (field_set_u64(j, "trajectories", m->trajectories, err) ||
	    field_set_u64(j, "zero_advantage", m->zero_advantage, err) ||
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
