/* Options from a JSON file, by way of the same text that argv would hold. */
#include "lib/base/optconfig.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/optvalue.h"

struct optconfig {
	const char *path;
	json_t *object;  /* which the targets' strings point into */
	char **strings;  /* texts made from its numbers */
	size_t nstrings;
};

struct optconfig *
optconfig_load(const char *path, struct error *err)
{
	struct optconfig *c;
	json_error_t where;
	FILE *f;
	int ok = 0;

	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	c->path = path;
	f = fopen(path, "r");
	if (f != NULL)
		c->object = json_loadf(f, JSON_REJECT_DUPLICATES, &where);
	if (f == NULL || ferror(f))
		error_input(err, path);
	else if (c->object == NULL)
		error_set(err, STATUS_DATA, "%s:%d: %s", path, where.line,
		    where.text);
	else if (!json_is_object(c->object))
		error_set(err, STATUS_DATA, "%s: expected a JSON object",
		    path);
	else
		ok = 1;
	if (f != NULL)
		fclose(f);
	if (ok)
		return c;
	optconfig_free(c);
	return NULL;
}

/* The text of a JSON value that is not a list; NULL if it can't have one. */
static const char *
config_text(struct optconfig *c, const json_t *value)
{
	char *text, **strings;

	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (!json_is_number(value))
		return NULL;
	strings = realloc(c->strings, (c->nstrings + 1) * sizeof(*strings));
	if (strings == NULL)
		return NULL;
	c->strings = strings;
	text = json_dumps(value, JSON_ENCODE_ANY);
	if (text != NULL)
		c->strings[c->nstrings++] = text;
	return text;
}

/* [A, B] for a PAIR, as the "A,B" of the command line. */
static int
config_pair(const struct option *row, const json_t *value, struct error *err)
{
	char text[80];

	if (json_array_size(value) != 2 ||
	    !json_is_number(json_array_get(value, 0)) ||
	    !json_is_number(json_array_get(value, 1)))
		return error_set(err, STATUS_USAGE, "--%s: expected [A, B]",
		    row->name);
	snprintf(text, sizeof(text), "%.17g,%.17g",
	    json_number_value(json_array_get(value, 0)),
	    json_number_value(json_array_get(value, 1)));
	return optvalue_set(row, text, err);
}

static int
config_set(struct optconfig *c, const struct option *row, const json_t *value,
    struct error *err)
{
	const char *text;
	size_t i;

	if (row->type == OPTION_PAIR && json_is_array(value))
		return config_pair(row, value, err);
	if (row->type == OPTION_LIST && json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++) {
			text = config_text(c, json_array_get(value, i));
			if (text == NULL)
				return error_set(err, STATUS_USAGE,
				    "--%s: expected an array of strings",
				    row->name);
			if (optvalue_set(row, text, err) != 0)
				return -1;
		}
		return 0;
	}
	text = config_text(c, value);
	if (text == NULL || (row->type == OPTION_FLAG &&
	    !json_is_boolean(value)))
		return error_set(err, STATUS_USAGE, "--%s: expected %s",
		    row->name, row->type == OPTION_FLAG ? "true or false" :
		    "a string or a number");
	return optvalue_set(row, text, err);
}

int
optconfig_apply(struct optconfig *c, const struct option *table,
    struct error *err)
{
	const struct option *row;
	const char *key;
	json_t *value;

	json_object_foreach(c->object, key, value) {
		for (row = table; row->name != NULL; row++)
			if (strcmp(row->name, key) == 0)
				break;
		if (row->name == NULL)
			return error_set(err, STATUS_USAGE,
			    "%s: unknown option \"%s\"", c->path, key);
		if (config_set(c, row, value, err) != 0)
			return error_prefix(err, "%s: ", c->path);
	}
	return 0;
}

int
optconfig_has(const struct optconfig *c, const char *name)
{
	return c != NULL && json_object_get(c->object, name) != NULL;
}

void
optconfig_free(struct optconfig *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nstrings; i++)
		free(c->strings[i]);
	free(c->strings);
	json_decref(c->object);
	free(c);
}
