/* empg-eval: scored trajectories to one JSON object, or a table. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"
#include "lib/io/tool.h"
#include "tools/compare.h"
#include "tools/evaluation.h"
#include "tools/series.h"

struct settings {
	const char *ks;
	struct option_list labels;
	int series;
	size_t last;
	int compare;
	struct evaluation evaluation;
};

static int
memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

/* "KEY=VALUE": a number where VALUE is one, else a string. */
static int
add_label(json_t *object, const char *label, struct error *err)
{
	const char *equals = strchr(label, '='), *value;
	char *key, *end, *real_end;
	unsigned long long whole;
	double number;
	int rc;

	if (equals == NULL || equals == label)
		return error_set(err, STATUS_USAGE,
		    "--label: '%s' is not KEY=VALUE", label);
	value = equals + 1;
	key = strndup(label, (size_t)(equals - label));
	if (key == NULL)
		return memory(err);
	errno = 0;
	whole = strtoull(value, &end, 10);
	number = strtod(value, &real_end);
	if (*value >= '0' && *value <= '9' && *end == '\0' && errno == 0)
		rc = field_set_u64(object, key, whole, err);
	else if (*value != '\0' && strspn(value, "0123456789.-+eE") ==
	    strlen(value) && *real_end == '\0' && isfinite(number))
		rc = field_set_real(object, key, number, err);
	else
		rc = field_set_string(object, key, value, strlen(value), err);
	free(key);
	return rc;
}

/* "1,4,8" */
static int
parse_ks(const char *text, struct eval_options *o, struct error *err)
{
	unsigned long long k;
	char *end;

	for (;; text = end + 1) {
		errno = 0;
		k = strtoull(text, &end, 10);
		if (*text < '0' || *text > '9' || errno != 0 || k < 1 ||
		    k > 1000000 || (*end != ',' && *end != '\0') ||
		    o->ks == EVAL_KS)
			return error_set(err, STATUS_USAGE, "--k: expected "
			    "up to %d counts, as in 1,4,8", EVAL_KS);
		o->k[o->ks++] = (size_t)k;
		if (*end == '\0')
			return 0;
	}
}

/* --compare: two files on the same prompts. */
static int
versus(struct tool *t, const struct settings *set, json_t *object,
    struct error *err)
{
	char *const *files = t->options.operands;
	const struct eval_options *o = &set->evaluation.options;
	const struct compare_settings s = {.names = {files[0], files[1]},
	    .level = o->level, .resamples = o->resamples, .seed = o->seed};
	struct compare *c = compare_new(err);
	struct compare_result r;
	json_t *record;
	int n = c == NULL ? -1 : 0;

	while (n == 0 && (n = tool_read(t, &record, err)) == 1) {
		n = compare_add(c, jsonl_file(t->reader) == files[1], record,
		    err) != 0 ? tool_bad(t, err) : 0;
		json_decref(record);
	}
	if (n == 0)
		n = compare_result(c, &s, &r, err);
	if (n == 0)
		n = compare_report(object, &r, err);
	if (n == 0 && set->evaluation.table)
		compare_table(stdout, &s, &r);
	compare_free(c);
	return n;
}

/* --series: the mean of the last evaluations. */
static int
average(struct tool *t, const struct settings *set, json_t *object,
    struct error *err)
{
	json_t **last = calloc(set->last, sizeof(json_t *)), *record;
	size_t count = 0;
	int n = -1;

	if (last == NULL)
		return memory(err);
	while ((n = tool_read(t, &record, err)) == 1) {
		if (count == set->last) {
			json_decref(last[0]);
			memmove(last, last + 1, --count * sizeof(*last));
		}
		last[count++] = record;
	}
	if (n == 0)
		n = field_set_u64(object, "records", count, err);
	if (n == 0)
		n = series_mean(last, count, object, err);
	while (count > 0)
		json_decref(last[--count]);
	free(last);
	return n;
}

/* Write the object, unless a table is all that was asked for. */
static int
write_object(struct tool *t, const struct settings *set, const json_t *object,
    struct error *err)
{
	if (set->evaluation.table && t->output == NULL)
		return 0;
	return tool_write(t, object, err) != 0 ? -1 : tool_commit(t, err);
}

static int
run(struct tool *t, struct settings *set, struct error *err)
{
	const struct evaluation *e = &set->evaluation;
	json_t *object = json_object();
	size_t i;
	int n;

	if (object == NULL)
		return memory(err);
	n = parse_ks(set->ks, &set->evaluation.options, err);
	if (n == 0 && set->series && (e->table || e->by != NULL ||
	    set->compare))
		n = error_set(err, STATUS_USAGE,
		    "--series goes with neither --table, --by nor --compare");
	if (n == 0 && set->compare && (e->by != NULL ||
	    t->options.count != 2 || strcmp(t->options.operands[0], "-") == 0
	    || strcmp(t->options.operands[1], "-") == 0))
		n = error_set(err, STATUS_USAGE,
		    "--compare takes two files, and no --by");
	for (i = 0; i < set->labels.count && n == 0; i++)
		n = add_label(object, set->labels.values[i], err);
	if (n == 0)
		n = set->series ? average(t, set, object, err)
		    : set->compare ? versus(t, set, object, err)
		    : evaluation_run(t, e, object, err);
	if (n == 0)
		n = write_object(t, set, object, err);
	json_decref(object);
	return n;
}

int
main(int argc, char **argv)
{
	struct tool t = {.name = "empg-eval"};
	struct settings set = {.ks = "1", .last = 10, .evaluation = {.options =
	    {.level = 0.95, .resamples = 10000, .seed = 1}}};
	struct evaluation *e = &set.evaluation;
	struct error err = {0};
	const struct option table[] = {
		{.name = "k", .letter = 'k', .type = OPTION_STRING,
		    .target = &set.ks, .arg = "K,...", .fallback = "1",
		    .help = "the k of pass@k and maj@k"},
		{.name = "by", .type = OPTION_STRING, .target = &e->by,
		    .arg = "FIELD", .help = "evaluate each value of FIELD too"},
		{.name = "label", .letter = 'l', .type = OPTION_LIST,
		    .target = &set.labels, .arg = "KEY=VALUE",
		    .help = "a field to put in front of the result"},
		{.name = "table", .letter = 't', .type = OPTION_FLAG,
		    .target = &e->table,
		    .help = "print a table instead of JSON"},
		{.name = "series", .type = OPTION_FLAG, .target = &set.series,
		    .help = "the input is evaluations: write their mean"},
		{.name = "last", .type = OPTION_SIZE, .target = &set.last,
		    .min = 1, .max = 1000000, .arg = "N", .fallback = "10",
		    .help = "how many evaluations --series takes, from the "
		    "end"},
		{.name = "compare", .letter = 'c', .type = OPTION_FLAG,
		    .target = &set.compare, .help = "two files on the same "
		    "prompts: is their difference more than noise?"},
		{.name = "behaviours", .type = OPTION_STRING,
		    .target = &e->behaviours, .arg = "FILE",
		    .fallback = "built in",
		    .help = "a table of behaviours and their phrases"},
		{.name = "examples", .type = OPTION_SIZE,
		    .target = &e->examples, .max = 1000000, .arg = "N",
		    .fallback = "0", .help = "show N passages of each "
		    "behaviour"},
		{.name = "confidence", .type = OPTION_REAL,
		    .target = &e->options.level, .min = 0.5, .max = 0.9999,
		    .arg = "P", .fallback = "0.95",
		    .help = "level of the intervals"},
		{.name = "resamples", .type = OPTION_SIZE,
		    .target = &e->options.resamples, .min = 1, .max = 1e7,
		    .arg = "R", .fallback = "10000",
		    .help = "bootstrap resamples"},
		{.name = "seed", .type = OPTION_U64, .target = &e->options.seed,
		    .arg = "S", .fallback = "1", .help = "of the bootstrap"},
		TOOL_OPTIONS(&t),
		{.name = NULL},
	};
	const struct options_tool tool = {t.name, "[options] [FILE ...]",
	    "Evaluate scored trajectories (JSON lines).", table};
	int n = tool_start(&t, &tool, argc, argv, &err);

	if (n == 0)
		n = run(&t, &set, &err);
	return tool_finish(&t, &tool, n > 0 ? 0 : n, &err);
}
