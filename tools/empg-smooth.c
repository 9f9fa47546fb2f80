/* empg-smooth: rewards to advantages; trajectories become a buffer. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"
#include "lib/io/tool.h"
#include "lib/rl/idtable.h"
#include "lib/rl/smooth.h"

#define METHODS 16

struct settings {
	int method; /* of smooth_list */
	int scope;
	const char *baseline;
	size_t batch;
	int drop_degenerate;
	int summary;
};

/* Trajectories that wait for their mini-batch to be complete. */
struct queue {
	struct tool *tool;
	struct smooth_options options;
	struct idtable *ids;
	json_t **records;
	struct smooth_item *items;
	size_t count;
	size_t capacity;
	struct smooth_summary summary;
};

static int
push(struct queue *q, json_t *record, const struct smooth_item *item,
    struct error *err)
{
	size_t more = q->capacity == 0 ? 256 : 2 * q->capacity;
	void *p;

	if (q->count == q->capacity) {
		p = reallocarray(q->records, more, sizeof(*q->records));
		if (p == NULL)
			goto memory;
		q->records = p;
		p = reallocarray(q->items, more, sizeof(*q->items));
		if (p == NULL)
			goto memory;
		q->items = p;
		q->capacity = more;
	}
	q->records[q->count] = record;
	q->items[q->count++] = *item;
	return 0;
memory:
	return error_set(err, STATUS_TEMPFAIL, "no memory for the mini-batch");
}

/* Smooth and write the ${n} trajectories from ${from} on, and let them go. */
static int
flush(struct queue *q, size_t from, size_t n, struct error *err)
{
	struct smooth_item *items = q->items + from;
	unsigned char *flags = malloc(n + 1);
	size_t i, degenerate = SIZE_MAX;
	json_t *record;
	int rc;

	if (flags != NULL)
		degenerate = smooth_degenerate(items, n, flags,
		    &q->summary.groups);
	free(flags);
	if (degenerate == SIZE_MAX)
		return error_set(err, STATUS_INTERNAL, "out of memory");
	q->summary.degenerate += degenerate;
	if (smooth_run(items, n, &q->options, err) != 0)
		return error_prefix(err, "mini-batch %zu: ",
		    q->summary.batches + 1);
	smooth_add(&q->summary, items, n);
	for (i = 0; i < n; i++) {
		record = q->records[from + i];
		if (field_set_real(record, "return", items[i].given_return,
		    err) != 0 || field_set_real(record, "baseline",
		    items[i].baseline, err) != 0 || field_set_real(record,
		    "advantage", items[i].advantage, err) != 0)
			return -1;
		if ((rc = tool_write(q->tool, record, err)) != 0)
			return rc;
		json_decref(record);
		q->records[from + i] = NULL;
	}
	return 0;
}

/* What smoothing needs of a record. */
static int
look(struct queue *q, const json_t *record, struct smooth_item *item,
    struct error *err)
{
	size_t length;
	const char *id = field_string(record, "id", &length, err);

	*item = (struct smooth_item){0};
	if (id == NULL || (q->options.method->needs_reward &&
	    field_real(record, "reward", &item->reward, err) != 0))
		return -1;
	item->group = idtable_index(q->ids, id, length);
	return item->group != SIZE_MAX ? 0
	    : error_set(err, STATUS_INTERNAL, "out of memory");
}

/* Forget trajectories whose group has one reward only, or no reward at all
 * where the method wants one. */
static int
sift(struct queue *q, int degenerate, struct error *err)
{
	unsigned char *flags = calloc(q->count + 1, 1);
	size_t i, kept = 0;

	if (flags == NULL || (degenerate && smooth_degenerate(q->items,
	    q->count, flags, NULL) == SIZE_MAX)) {
		free(flags);
		return error_set(err, STATUS_INTERNAL, "out of memory");
	}
	for (i = 0; i < q->count; i++) {
		if (flags[i] || (q->options.method->positive_only &&
		    q->items[i].reward <= 0)) {
			json_decref(q->records[i]);
			q->summary.dropped++;
			continue;
		}
		q->items[kept] = q->items[i];
		q->records[kept++] = q->records[i];
	}
	q->count = kept;
	free(flags);
	return 0;
}

/* Write every complete mini-batch, and what is left where it is the end. */
static int
drain(struct queue *q, size_t batch, int end, struct error *err)
{
	size_t from = 0, n;
	int rc = 0;

	while (from < q->count && rc == 0) {
		n = q->count - from;
		if (batch > 0 && n > batch)
			n = batch;
		if (!end && (batch == 0 || n < batch))
			break;
		if ((rc = flush(q, from, n, err)) == 0)
			from += n;
	}
	memmove(q->records, q->records + from,
	    (q->count - from) * sizeof(*q->records));
	memmove(q->items, q->items + from,
	    (q->count - from) * sizeof(*q->items));
	q->count -= from;
	return rc;
}

static int
smooth(struct queue *q, const struct settings *set, struct error *err)
{
	struct smooth_item item;
	json_t *record;
	int n;

	while ((n = tool_read(q->tool, &record, err)) == 1) {
		if (look(q, record, &item, err) != 0) {
			json_decref(record);
			if ((n = tool_bad(q->tool, err)) != 0)
				return n;
			continue;
		}
		if (push(q, record, &item, err) != 0) {
			json_decref(record);
			return -1;
		}
		/* Groups are complete at the end only. */
		if (set->drop_degenerate || set->batch == 0 ||
		    q->count < set->batch)
			continue;
		if ((n = sift(q, 0, err)) != 0 ||
		    (n = drain(q, set->batch, 0, err)) != 0)
			return n;
	}
	if (n == 0 && q->count > 0 &&
	    (n = sift(q, set->drop_degenerate, err)) == 0)
		n = drain(q, set->batch, 1, err);
	return n == 0 ? tool_commit(q->tool, err) : n;
}

/* The baseline that ${text} names. */
static int
parse_baseline(const char *text, struct smooth_options *o, struct error *err)
{
	static const char *const words[] = {"mean", "none", "loo"};
	char *end;
	int i;

	if (text == NULL)
		return 0;
	if (o->method->fixed_baseline)
		return error_set(err, STATUS_USAGE,
		    "--baseline: --method %s has none", o->method->name);
	for (i = 0; i < 3; i++)
		if (strcmp(text, words[i]) == 0) {
			o->baseline = (enum smooth_baseline)i;
			return 0;
		}
	o->baseline = SMOOTH_VALUE;
	o->value = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(o->value))
		return error_set(err, STATUS_USAGE,
		    "--baseline: '%s' is not mean, none, loo or a number",
		    text);
	return 0;
}

static void
summarise(const struct queue *q)
{
	const struct smooth_summary *s = &q->summary;
	double n = (double)s->records;

	fprintf(stderr, "%s: %zu records, %zu groups, %zu mini-batches",
	    q->tool->name, s->records, s->groups, s->batches);
	if (q->options.method->needs_reward)
		fprintf(stderr, ", %zu degenerate groups, %zu records dropped",
		    s->degenerate, s->dropped);
	if (s->records > 0 && q->options.method->needs_reward)
		fprintf(stderr, "; reward mean %.6g", s->reward_sum / n);
	if (s->records > 0)
		fprintf(stderr, "; advantage mean %.6g, min %.6g, max %.6g",
		    s->advantage_sum / n, s->advantage_min,
		    s->advantage_max);
	fputc('\n', stderr);
}

static int
run(struct tool *t, const struct settings *set, struct error *err)
{
	struct queue q = {.tool = t};
	size_t i;
	int n;

	q.options = smooth_defaults(smooth_list((size_t)set->method));
	if (options_given(&t->options, "scope"))
		q.options.scope = (enum smooth_scope)set->scope;
	if (parse_baseline(set->baseline, &q.options, err) != 0)
		return -1;
	if (set->drop_degenerate && !q.options.method->needs_reward)
		return error_set(err, STATUS_USAGE, "--drop-degenerate: "
		    "--method %s reads no rewards", q.options.method->name);
	q.ids = idtable_new();
	n = q.ids == NULL ? error_set(err, STATUS_INTERNAL, "out of memory")
	                  : smooth(&q, set, err);
	if (n == 0 && set->summary)
		summarise(&q);
	for (i = 0; i < q.count; i++)
		json_decref(q.records[i]);
	free(q.records);
	free(q.items);
	idtable_free(q.ids);
	return n;
}

int
main(int argc, char **argv)
{
	static const char *const scopes[] = {"batch", "group", NULL};
	const char *methods[METHODS] = {NULL};
	struct tool t = {.name = "empg-smooth"};
	struct settings set = {.method = 0};
	struct error err = {0};
	const struct option table[] = {
		{.name = "method", .letter = 'm', .type = OPTION_CHOICE,
		    .target = &set.method, .choices = methods, .arg = "METHOD",
		    .fallback = "empg",
		    .help = "how rewards become advantages"},
		{.name = "batch", .letter = 'b', .type = OPTION_SIZE,
		    .target = &set.batch, .arg = "M", .fallback = "all input",
		    .help = "trajectories a mini-batch"},
		{.name = "scope", .type = OPTION_CHOICE, .target = &set.scope,
		    .choices = scopes, .arg = "SCOPE",
		    .fallback = "the method's", .help = "statistics of the "
		    "mini-batch, or of each prompt's group in it"},
		{.name = "baseline", .type = OPTION_STRING,
		    .target = &set.baseline, .arg = "mean|none|loo|VALUE",
		    .fallback = "the method's",
		    .help = "what is taken off the return"},
		{.name = "drop-degenerate", .type = OPTION_FLAG,
		    .target = &set.drop_degenerate,
		    .help = "drop groups whose rewards are all equal"},
		{.name = "summary", .type = OPTION_FLAG, .target = &set.summary,
		    .help = "a line of statistics on standard error"},
		TOOL_OPTIONS(&t),
		{.name = NULL},
	};
	const struct options_tool tool = {t.name, "[options] [FILE ...]",
	    "Turn rewards into advantages (JSON lines).", table};
	const struct smooth_method *m;
	size_t i;
	int n;

	for (i = 0; (m = smooth_list(i)) != NULL && i < METHODS - 1; i++)
		methods[i] = m->name;
	n = tool_start(&t, &tool, argc, argv, &err);
	if (n == 0)
		n = run(&t, &set, &err);
	return tool_finish(&t, &tool, n > 0 ? 0 : n, &err);
}
