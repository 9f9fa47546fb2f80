/* A record's fields, with their types checked. */
#include "lib/io/field.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/io/number.h"

int
field_has(const json_t *record, const char *name)
{
	const json_t *value = json_object_get(record, name);

	return value != NULL && !json_is_null(value);
}

static int
expected(const json_t *value, const char *name, const char *what,
    struct error *err)
{
	if (value == NULL)
		return error_set(err, STATUS_DATA, "%s: missing", name);
	return error_set(err, STATUS_DATA, "%s: expected %s", name, what);
}

int
field_real(const json_t *record, const char *name, double *value,
    struct error *err)
{
	const json_t *json = json_object_get(record, name);

	if (number_value(json, value) != 0)
		return expected(json, name, "a number", err);
	if (!isfinite(*value))
		return error_set(err, STATUS_DATA, "%s: out of range", name);
	return 0;
}

int
field_u64(const json_t *record, const char *name, uint64_t *value,
    struct error *err)
{
	const json_t *json = json_object_get(record, name);
	const char *text = number_text(json);
	char *end;

	/* Beyond 63 bits it travels as text. */
	if (text != NULL && text[0] != '-') {
		errno = 0;
		*value = strtoull(text, &end, 10);
		if (errno == 0 && *end == '\0')
			return 0;
	}
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return expected(json, name, "a count", err);
	*value = (uint64_t)json_integer_value(json);
	return 0;
}

int
field_size(const json_t *record, const char *name, size_t *value,
    struct error *err)
{
	uint64_t wide;

	if (field_u64(record, name, &wide, err) != 0)
		return -1;
	if (wide > SIZE_MAX)
		return error_set(err, STATUS_DATA, "%s: out of range", name);
	*value = (size_t)wide;
	return 0;
}

int
field_bool(const json_t *record, const char *name, int *value,
    struct error *err)
{
	const json_t *json = json_object_get(record, name);

	if (!json_is_boolean(json))
		return expected(json, name, "true or false", err);
	*value = json_is_true(json);
	return 0;
}

const char *
field_string(const json_t *record, const char *name, size_t *length,
    struct error *err)
{
	const json_t *json = json_object_get(record, name);
	const char *text = json_string_value(json);

	if (text == NULL || number_text(json) != NULL) {
		expected(json, name, "a string", err);
		return NULL;
	}
	if (length != NULL) {
		*length = json_string_length(json);
	} else if (strlen(text) != json_string_length(json)) {
		error_set(err, STATUS_DATA, "%s: holds a NUL", name);
		return NULL;
	}
	return text;
}

/*
 * An array's elements through ${get}, which stores one and returns -1 if it
 * is of another kind; the message names the element.
 */
static void *
get_array(const json_t *record, const char *name, size_t size, size_t *count,
    int get(const json_t *, void *), const char *what, struct error *err)
{
	const json_t *json = json_object_get(record, name);
	size_t i, n = json_array_size(json);
	char *values;

	if (!json_is_array(json)) {
		expected(json, name, "an array", err);
		return NULL;
	}
	values = malloc((n + 1) * size);
	if (values == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (get(json_array_get(json, i), values + i * size) == 0)
			continue;
		error_set(err, STATUS_DATA, "%s[%zu]: expected %s", name, i,
		    what);
		free(values);
		return NULL;
	}
	*count = n;
	return values;
}

static int
get_double(const json_t *json, void *to)
{
	double *value = to;

	return number_value(json, value) != 0 || !isfinite(*value) ? -1 : 0;
}

static int
get_float(const json_t *json, void *to)
{
	float *value = to;
	double x;

	if (number_value(json, &x) != 0)
		return -1;
	*value = (float)x;
	return isfinite(*value) ? 0 : -1;
}

static int
get_int(const json_t *json, void *to)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < INT32_MIN || value > INT32_MAX)
		return -1;
	*(int32_t *)to = (int32_t)value;
	return 0;
}

int
field_reals(const json_t *record, const char *name, double **values,
    size_t *count, struct error *err)
{
	*values = get_array(record, name, sizeof(double), count, get_double,
	    "a number", err);
	return *values != NULL ? 0 : -1;
}

int
field_floats(const json_t *record, const char *name, float **values,
    size_t *count, struct error *err)
{
	*values = get_array(record, name, sizeof(float), count, get_float,
	    "a number", err);
	return *values != NULL ? 0 : -1;
}

int
field_ints(const json_t *record, const char *name, int32_t **values,
    size_t *count, struct error *err)
{
	*values = get_array(record, name, sizeof(int32_t), count, get_int,
	    "a 32-bit integer", err);
	return *values != NULL ? 0 : -1;
}

/* Set a field to a new reference, or say why there is none. */
static int
set(json_t *record, const char *name, json_t *value, struct error *err)
{
	if (json_object_set_new(record, name, value) == 0)
		return 0;
	return error_set(err, STATUS_TEMPFAIL,
	    "%s: out of memory, or no JSON value", name);
}

int
field_set_real(json_t *record, const char *name, double value,
    struct error *err)
{
	if (!isfinite(value))
		return error_set(err, STATUS_INTERNAL, "%s: not finite", name);
	return set(record, name, json_real(value), err);
}

int
field_set_float(json_t *record, const char *name, float value,
    struct error *err)
{
	return field_set_real(record, name, number_from_float(value), err);
}

int
field_set_u64(json_t *record, const char *name, uint64_t value,
    struct error *err)
{
	char text[NUMBER_TEXT];
	json_t *json = NULL;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	number_read(text, strlen(text), &json);
	return set(record, name, json, err);
}

int
field_set_bool(json_t *record, const char *name, int value,
    struct error *err)
{
	return set(record, name, json_boolean(value), err);
}

int
field_set_null(json_t *record, const char *name, struct error *err)
{
	return set(record, name, json_null(), err);
}

/*
 * How many bytes from s on are one UTF-8 character, or with *good cleared a
 * start of one that goes wrong: the Unicode standard's table 3-7.
 */
static size_t
character(const unsigned char *s, const unsigned char *end, int *good)
{
	size_t want = s[0] < 0x80 ? 0 : s[0] >= 0xc2 && s[0] < 0xe0 ? 1 :
	    s[0] >= 0xe0 && s[0] < 0xf0 ? 2 :
	    s[0] >= 0xf0 && s[0] < 0xf5 ? 3 : SIZE_MAX;
	unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
	size_t i;

	*good = 0;
	if (want == SIZE_MAX)
		return 1;
	for (i = 1; i <= want; i++, low = 0x80, high = 0xbf)
		if (s + i == end || s[i] < low || s[i] > high)
			return i;
	*good = 1;
	return i;
}

int
field_set_string(json_t *record, const char *name, const char *text,
    size_t length, struct error *err)
{
	const unsigned char *s = (const unsigned char *)text, *end;
	struct buffer clean = {0};
	size_t n;
	int good, bad = buffer_reserve(&clean, length), result;

	for (end = s + length; s < end; s += n) {
		n = character(s, end, &good);
		bad |= good ? buffer_add(&clean, s, n) :
		    buffer_add_string(&clean, "\xef\xbf\xbd");
	}
	result = set(record, name, bad ? NULL :
	    json_stringn(clean.data, clean.length), err);
	buffer_free(&clean);
	return result;
}

/* Arrays of what ${make} makes of the i-th value. */
static int
set_array(json_t *record, const char *name, const void *values, size_t count,
    json_t *make(const void *, size_t), struct error *err)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++) {
		if (json_array_append_new(array, make(values, i)) == 0)
			continue;
		json_decref(array);
		return error_set(err, STATUS_INTERNAL,
		    "%s[%zu]: out of memory, or not finite", name, i);
	}
	return set(record, name, array, err);
}

static json_t *
make_double(const void *values, size_t i)
{
	return json_real(((const double *)values)[i]);
}

static json_t *
make_float(const void *values, size_t i)
{
	return json_real(number_from_float(((const float *)values)[i]));
}

static json_t *
make_int(const void *values, size_t i)
{
	return json_integer(((const int32_t *)values)[i]);
}

int
field_set_reals(json_t *record, const char *name, const double *values,
    size_t count, struct error *err)
{
	return set_array(record, name, values, count, make_double, err);
}

int
field_set_floats(json_t *record, const char *name, const float *values,
    size_t count, struct error *err)
{
	return set_array(record, name, values, count, make_float, err);
}

int
field_set_ints(json_t *record, const char *name, const int32_t *values,
    size_t count, struct error *err)
{
	return set_array(record, name, values, count, make_int, err);
}
