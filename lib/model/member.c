/* Members of a configuration's objects, each read with its type checked. */
#include "lib/model/member.h"

json_t *
member_get(const json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	return json_is_null(v) ? NULL : v;
}

int
member_size(size_t *out, const json_t *o, const char *name, size_t fallback,
    size_t max, struct error *err)
{
	json_t *v = member_get(o, name);

	*out = fallback;
	if (v == NULL && fallback != 0)
		return 0;
	if (v == NULL)
		return error_set(err, STATUS_DATA, "%s: missing", name);
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
	    (uint64_t)json_integer_value(v) > max)
		return error_set(err, STATUS_DATA,
		    "%s: expected an integer from 1 to %zu", name, max);
	*out = (size_t)json_integer_value(v);
	return 0;
}

int
member_real(double *out, const json_t *o, const char *name, double fallback,
    struct error *err)
{
	json_t *v = member_get(o, name);

	*out = fallback;
	if (v == NULL && fallback > 0)
		return 0;
	if (v == NULL)
		return error_set(err, STATUS_DATA, "%s: missing", name);
	*out = json_number_value(v);
	if (!json_is_number(v) || !(*out > 0))
		return error_set(
		    err, STATUS_DATA, "%s: expected a number above 0", name);
	return 0;
}

int
member_bool(int *out, const json_t *o, const char *name, struct error *err)
{
	json_t *v = member_get(o, name);

	*out = v != NULL && json_is_true(v);
	if (v != NULL && !json_is_boolean(v))
		return error_set(
		    err, STATUS_DATA, "%s: expected true or false", name);
	return 0;
}

int
member_token(int32_t *out, const json_t *o, const char *name, struct error *err)
{
	json_t *v = member_get(o, name);

	*out = -1;
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) > INT32_MAX)
		return error_set(
		    err, STATUS_DATA, "%s: expected a token's id", name);
	if (json_integer_value(v) >= 0)
		*out = (int32_t)json_integer_value(v);
	return 0;
}
