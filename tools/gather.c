/* Trajectories gathered for evaluation: all of them, and by a field. */
#include "tools/gather.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"
#include "lib/rl/idtable.h"

struct gather {
	const char *by;
	const struct behaviour *behaviour;
	struct idtable *values;
	struct eval *all;
	struct eval **parts; /* (count) */
	size_t count;
};

static int
memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

struct gather *
gather_new(const char *by, const struct behaviour *b, struct error *err)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (g == NULL)
		goto memory;
	g->by = by;
	g->behaviour = b;
	g->values = idtable_new();
	g->all = eval_new();
	if (g->values != NULL && g->all != NULL)
		return g;
memory:
	gather_free(g);
	memory(err);
	return NULL;
}

void
gather_free(struct gather *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->count; i++)
		eval_free(g->parts[i]);
	free(g->parts);
	eval_free(g->all);
	idtable_free(g->values);
	free(g);
}

int
gather_sample(const json_t *record, struct eval_sample *s, struct error *err)
{
	const json_t *tokens = json_object_get(record, "response_tokens");
	const char *finish;

	s->behaviours = 0;
	s->id = field_string(record, "id", &s->id_length, err);
	if (s->id == NULL ||
	    field_bool(record, "correct", &s->correct, err) != 0 ||
	    field_real(record, "reward", &s->reward, err) != 0)
		return -1;
	s->extracted = NULL;
	if (field_has(record, "extracted") && (s->extracted = field_string(
	    record, "extracted", &s->extracted_length, err)) == NULL)
		return -1;
	if (!json_is_array(tokens))
		return error_set(err, STATUS_DATA, tokens == NULL
		    ? "response_tokens: missing"
		    : "response_tokens: expected an array");
	s->length = json_array_size(tokens);
	finish = field_string(record, "finish", NULL, err);
	if (finish == NULL)
		return -1;
	s->truncated = strcmp(finish, "length") == 0;
	return 0;
}

/* What --by's field says, as text in ${text}; 0 or -1. */
static int
value_text(const json_t *record, const char *field, char *text, size_t size,
    struct error *err)
{
	const json_t *value = json_object_get(record, field);
	uint64_t whole;
	double real;

	if (json_is_string(value))
		snprintf(text, size, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(text, size, "%s", json_is_true(value) ? "true"
		    : "false");
	else if (value != NULL && field_u64(record, field, &whole, NULL) == 0)
		snprintf(text, size, "%" PRIu64, whole);
	else if (value != NULL && field_real(record, field, &real, NULL) == 0)
		snprintf(text, size, "%.17g", real);
	else
		return error_set(err, STATUS_DATA, "%s: %s", field,
		    value == NULL ? "missing"
		    : "expected a string, number or boolean");
	return 0;
}

/* The part that the record belongs to; NULL on error. */
static struct eval *
part(struct gather *g, const json_t *record, struct error *err)
{
	char text[256];
	void *grown;
	size_t i;

	if (value_text(record, g->by, text, sizeof(text), err) != 0)
		return NULL;
	i = idtable_index(g->values, text, strlen(text));
	if (i == SIZE_MAX)
		goto memory;
	if (i == g->count) {
		grown = reallocarray(g->parts, i + 1, sizeof(*g->parts));
		if (grown == NULL)
			goto memory;
		g->parts = grown;
		g->parts[i] = eval_new();
		if (g->parts[i] == NULL)
			goto memory;
		g->count++;
	}
	return g->parts[i];
memory:
	memory(err);
	return NULL;
}

int
gather_add(struct gather *g, const json_t *record, struct error *err)
{
	struct eval_sample s;
	struct eval *e = NULL;
	const char *response;
	size_t length;

	if (gather_sample(record, &s, err) != 0)
		return -1;
	response = field_string(record, "response", &length, err);
	if (response == NULL)
		return -1;
	s.behaviours = behaviour_seen(g->behaviour, response, length);
	if (g->by != NULL && (e = part(g, record, err)) == NULL)
		return -1;
	if (eval_add(g->all, &s) != 0 || (e != NULL && eval_add(e, &s) != 0))
		return memory(err);
	return 0;
}

size_t
gather_parts(const struct gather *g)
{
	return g->count;
}

static int
by_name(const void *a, const void *b)
{
	const struct report_row *x = a, *y = b;

	return strverscmp(x->name, y->name);
}

int
gather_rows(const struct gather *g, const struct eval_options *o,
    struct report_row *rows, struct error *err)
{
	size_t n = gather_parts(g), i;

	for (i = 0; i < n; i++) {
		rows[i].name = idtable_text(g->values, i, NULL);
		if (eval_result(g->parts[i], o, &rows[i].result) != 0)
			return memory(err);
	}
	qsort(rows, n, sizeof(*rows), by_name);
	rows[n].name = "all";
	return eval_result(g->all, o, &rows[n].result) == 0 ? 0 : memory(err);
}
