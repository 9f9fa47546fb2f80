/* Scored trajectories to an object of figures, and a table. */
#include "tools/evaluation.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/gather.h"
#include "tools/passages.h"
#include "tools/report.h"

static int
memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

static void
warn_short(const struct tool *t, const struct eval_result *r,
    const struct eval_options *o)
{
	size_t i;

	for (i = 0; i < o->ks; i++)
		if (r->short_prompts[i] > 0)
			tool_warn(t, "k = %zu: %zu of %zu prompts have fewer "
			    "samples and are left out", o->k[i],
			    r->short_prompts[i], r->prompts);
}

/* What is gathered of the input. */
struct work {
	struct behaviour *behaviours;
	struct gather *gather;
	struct passages *examples;
};

/* The parts as --by asks. */
static int
add_parts(json_t *object, const struct report_row *rows, size_t count,
    const struct eval_options *o, const struct behaviour *b,
    struct error *err)
{
	json_t *by = json_object(), *one;
	size_t i;

	if (by == NULL || json_object_set_new(object, "by", by) != 0)
		return memory(err);
	for (i = 0; i < count; i++) {
		one = json_object();
		if (one == NULL ||
		    json_object_set_new(by, rows[i].name, one) != 0)
			return memory(err);
		if (report_add(one, &rows[i].result, o, b, err) != 0)
			return -1;
	}
	return 0;
}

/* What was gathered, into the object, and as a table. */
static int
report(struct tool *t, const struct evaluation *set,
    const struct work *e, json_t *object, struct error *err)
{
	const struct eval_options *o = &set->options;
	size_t parts = gather_parts(e->gather);
	struct report_row *rows = calloc(parts + 1, sizeof(*rows));
	int rc = rows == NULL ? memory(err)
	    : gather_rows(e->gather, o, rows, err);

	if (rc == 0) {
		warn_short(t, &rows[parts].result, o);
		rc = report_add(object, &rows[parts].result, o, e->behaviours,
		    err);
	}
	if (rc == 0 && set->by != NULL)
		rc = add_parts(object, rows, parts, o, e->behaviours, err);
	if (rc == 0 && set->examples > 0)
		rc = passages_report(e->examples, object, err);
	if (rc == 0 && set->table) {
		report_table(stdout, set->by == NULL ? "" : set->by, rows,
		    parts + 1, o, e->behaviours);
		if (set->examples > 0)
			passages_print(stdout, e->examples);
	}
	free(rows);
	return rc;
}

int
evaluation_run(struct tool *t, const struct evaluation *set, json_t *object,
    struct error *err)
{
	struct work e = {0};
	json_t *record;
	int n = -1;

	e.behaviours = passages_behaviours(set->behaviours, err);
	if (e.behaviours == NULL)
		goto out;
	e.gather = gather_new(set->by, e.behaviours, err);
	e.examples = passages_new(e.behaviours, set->examples, err);
	if (e.gather == NULL || e.examples == NULL)
		goto out;
	while ((n = tool_read(t, &record, err)) == 1) {
		n = gather_add(e.gather, record, err) != 0 ||
		    passages_add(e.examples, record, err) != 0
		    ? tool_bad(t, err) : 0;
		json_decref(record);
		if (n != 0)
			goto out;
	}
	if (n == 0)
		n = report(t, set, &e, object, err);
out:
	passages_free(e.examples);
	gather_free(e.gather);
	behaviour_free(e.behaviours);
	return n;
}
