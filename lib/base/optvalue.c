/* One option's argument: text to the type of its row, range checked. */
#include "lib/base/optvalue.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
bad(const struct option *row, const char *text, const char *expected,
    struct error *err)
{
	return error_set(err, STATUS_USAGE, "--%s: expected %s, got '%s'",
	    row->name, expected, text);
}

static int
in_range(const struct option *row, const char *text, double x,
    struct error *err)
{
	int open = isinf(row->max) || (row->max == 0 && row->min > 0);

	if (row->min == 0 && row->max == 0)
		return 0;
	if (x >= row->min && (open || x <= row->max))
		return 0;
	if (open && row->min == DBL_MIN)
		return error_set(err, STATUS_USAGE, "--%s: %s is not above 0",
		    row->name, text);
	if (open)
		return error_set(err, STATUS_USAGE,
		    "--%s: %s is less than %.15g", row->name, text, row->min);
	return error_set(err, STATUS_USAGE,
	    "--%s: %s is not within %.15g and %.15g", row->name, text,
	    row->min, row->max);
}

/* Digits only: strtoull alone would take blanks and a sign. */
static int
parse_u64(const char *text, uint64_t *value, const char **end)
{
	char *rest;

	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	*value = strtoull(text, &rest, 10);
	*end = rest;
	return errno == 0 ? 0 : -1;
}

static int
parse_real(const char *text, double *value, const char **end)
{
	char *rest;

	/* strtod would also take blanks, hexadecimal, "inf" and "nan". */
	if (text[strspn(text, "+-.0123456789eE,")] != '\0')
		return -1;
	*value = strtod(text, &rest);
	*end = rest;
	if (rest == text || !isfinite(*value))
		return -1;
	return 0;
}

static int
set_count(const struct option *row, const char *text, struct error *err)
{
	static const char suffixes[] = "KMGT";
	const char *end, *suffix;
	uint64_t value, unit = 1;

	if (parse_u64(text, &value, &end) != 0)
		return bad(row, text, row->bytes ? "a size" : "a count", err);
	if (row->bytes && *end != '\0') {
		suffix = strchr(suffixes, toupper((unsigned char)*end));
		if (suffix != NULL) {
			unit = (uint64_t)1 << (10 * (suffix - suffixes + 1));
			end++;
		}
	}
	if (*end != '\0' || value > UINT64_MAX / unit)
		return bad(row, text, row->bytes ? "a size" : "a count", err);
	value *= unit;
	if (row->type == OPTION_SIZE && value > SIZE_MAX)
		return bad(row, text, "a count", err);
	if (in_range(row, text, (double)value, err) != 0)
		return -1;
	if (row->type == OPTION_SIZE)
		*(size_t *)row->target = (size_t)value;
	else
		*(uint64_t *)row->target = value;
	return 0;
}

static int
set_real(const struct option *row, const char *text, struct error *err)
{
	const char *end;
	double value;

	if (parse_real(text, &value, &end) != 0 || *end != '\0')
		return bad(row, text, "a number", err);
	if (in_range(row, text, value, err) != 0)
		return -1;
	*(double *)row->target = value;
	return 0;
}

static int
set_pair(const struct option *row, const char *text, struct error *err)
{
	double *target = row->target, a, b;
	const char *end;

	if (parse_real(text, &a, &end) != 0)
		return bad(row, text, "A or A,B", err);
	b = a;
	if (*end == ',' && parse_real(end + 1, &b, &end) != 0)
		return bad(row, text, "A or A,B", err);
	if (*end != '\0')
		return bad(row, text, "A or A,B", err);
	if (in_range(row, text, a, err) != 0 ||
	    in_range(row, text, b, err) != 0)
		return -1;
	target[0] = a;
	target[1] = b;
	return 0;
}

static int
set_shard(const struct option *row, const char *text, struct error *err)
{
	size_t *target = row->target;
	const char *end;
	uint64_t i, k;

	if (parse_u64(text, &i, &end) != 0 || *end != '/' ||
	    parse_u64(end + 1, &k, &end) != 0 || *end != '\0' || i >= k ||
	    k > SIZE_MAX)
		return bad(row, text, "I/K with 0 <= I < K", err);
	target[0] = (size_t)i;
	target[1] = (size_t)k;
	return 0;
}

static int
set_choice(const struct option *row, const char *text, struct error *err)
{
	char words[256] = "";
	size_t i;

	for (i = 0; row->choices[i] != NULL; i++) {
		if (strcmp(row->choices[i], text) == 0) {
			*(int *)row->target = (int)i;
			return 0;
		}
		if (i > 0)
			strncat(words, ", ", sizeof(words) - strlen(words) - 1);
		strncat(words, row->choices[i],
		    sizeof(words) - strlen(words) - 1);
	}
	return error_set(err, STATUS_USAGE, "--%s: '%s' is none of %s",
	    row->name, text, words);
}

static int
add_to_list(const struct option *row, const char *text, struct error *err)
{
	struct option_list *list = row->target;
	const char **values;

	values = realloc(list->values, (list->count + 1) * sizeof(*values));
	if (values == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	list->values = values;
	list->values[list->count++] = text;
	return 0;
}

int
optvalue_set(const struct option *row, const char *text, struct error *err)
{
	switch (row->type) {
	case OPTION_FLAG:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return bad(row, text, "true or false", err);
		*(int *)row->target = text[0] == 't';
		return 0;
	case OPTION_SIZE:
	case OPTION_U64:
		return set_count(row, text, err);
	case OPTION_REAL:
		return set_real(row, text, err);
	case OPTION_PAIR:
		return set_pair(row, text, err);
	case OPTION_STRING:
		*(const char **)row->target = text;
		return 0;
	case OPTION_LIST:
		return add_to_list(row, text, err);
	case OPTION_CHOICE:
		return set_choice(row, text, err);
	case OPTION_SHARD:
		return set_shard(row, text, err);
	}
	return error_set(err, STATUS_INTERNAL, "--%s: type %d", row->name,
	    (int)row->type);
}

void
optvalue_clear(const struct option *row)
{
	struct option_list *list = row->target;

	if (row->type != OPTION_LIST)
		return;
	free(list->values);
	list->values = NULL;
	list->count = 0;
}
