/* Evaluations as JSON and as a table. */
#include "tools/report.h"

#include <math.h>
#include <string.h>

#include "lib/io/field.h"

static int
set(json_t *object, const char *name, double value, struct error *err)
{
	return isnan(value) ? field_set_null(object, name, err)
	                    : field_set_real(object, name, value, err);
}

static int
set_at(json_t *object, const char *name, size_t k, double value,
    struct error *err)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%zu", name, k);
	return set(object, full, value, err);
}

static int
add_behaviours(json_t *object, const struct eval_result *r,
    const struct behaviour *b, struct error *err)
{
	json_t *shares = json_object();
	size_t i;

	if (shares == NULL ||
	    json_object_set_new(object, "behaviours", shares) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	for (i = 0; i < behaviour_count(b); i++)
		if (set(shares, behaviour_name(b, i), r->behaviour[i],
		    err) != 0)
			return -1;
	return 0;
}

int
report_add(json_t *object, const struct eval_result *r,
    const struct eval_options *o, const struct behaviour *b,
    struct error *err)
{
	size_t i;

	if (field_set_u64(object, "prompts", r->prompts, err) != 0 ||
	    field_set_u64(object, "samples", r->samples, err) != 0 ||
	    set(object, "accuracy", r->accuracy, err) != 0 ||
	    set(object, "accuracy_low", r->low, err) != 0 ||
	    set(object, "accuracy_high", r->high, err) != 0 ||
	    set(object, "reward", r->reward, err) != 0)
		return -1;
	for (i = 0; i < o->ks; i++)
		if (set_at(object, "pass", o->k[i], r->pass[i], err) != 0)
			return -1;
	for (i = 0; i < o->ks; i++)
		if (set_at(object, "maj", o->k[i], r->maj[i], err) != 0)
			return -1;
	if (set(object, "length_mean", r->length_mean, err) != 0 ||
	    set(object, "length_median", r->length_median, err) != 0 ||
	    set(object, "length_p95", r->length_p95, err) != 0 ||
	    set(object, "truncated", r->truncated, err) != 0)
		return -1;
	return add_behaviours(object, r, b, err);
}

static void
cell(FILE *to, int width, int digits, double value)
{
	if (isnan(value))
		fprintf(to, " %*s", width, "-");
	else
		fprintf(to, " %*.*f", width, digits, value);
}

void
report_table(FILE *to, const char *field, const struct report_row *rows,
    size_t count, const struct eval_options *o, const struct behaviour *b)
{
	size_t behaviours = behaviour_count(b);
	int wide = (int)strlen(field), n;
	const struct eval_result *r;
	char name[32];
	size_t i, j;

	for (i = 0; i < count; i++)
		if ((n = (int)strlen(rows[i].name)) > wide)
			wide = n;
	fprintf(to, "%-*s prompts samples accuracy     low    high  reward",
	    wide, field);
	for (j = 0; j < 2 * o->ks; j++) {
		snprintf(name, sizeof(name), "%s@%zu", j < o->ks ? "pass"
		    : "maj", o->k[j % o->ks]);
		fprintf(to, " %7s", name);
	}
	fprintf(to, " length median    p95  trunc");
	for (j = 0; j < behaviours; j++) {
		n = (int)strcspn(behaviour_name(b, j), "_");
		fprintf(to, " %7.*s", n < 7 ? n : 7, behaviour_name(b, j));
	}
	fputc('\n', to);
	for (i = 0; i < count; i++) {
		r = &rows[i].result;
		fprintf(to, "%-*s %7zu %7zu", wide, rows[i].name, r->prompts,
		    r->samples);
		cell(to, 8, 4, r->accuracy);
		cell(to, 7, 4, r->low);
		cell(to, 7, 4, r->high);
		cell(to, 7, 4, r->reward);
		for (j = 0; j < 2 * o->ks; j++)
			cell(to, 7, 4, j < o->ks ? r->pass[j]
			                         : r->maj[j - o->ks]);
		cell(to, 6, 1, r->length_mean);
		cell(to, 6, 1, r->length_median);
		cell(to, 6, 1, r->length_p95);
		cell(to, 6, 4, r->truncated);
		for (j = 0; j < behaviours; j++)
			cell(to, 7, 4, r->behaviour[j]);
		fputc('\n', to);
	}
}
