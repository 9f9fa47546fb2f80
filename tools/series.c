/* The mean of a series of evaluations, field by field. */
#include "tools/series.h"

#include <stdlib.h>

#include "lib/io/field.h"

static int
number_mean(json_t *const *records, size_t count, const char *name,
    json_t *out, struct error *err)
{
	double sum = 0, value;
	size_t n = 0, i;

	for (i = 0; i < count; i++)
		if (field_real(records[i], name, &value, NULL) == 0) {
			sum += value;
			n++;
		}
	return field_set_real(out, name, sum / (double)n, err);
}

static int
object_mean(json_t *const *records, size_t count, const char *name,
    json_t *out, struct error *err)
{
	json_t **inner = calloc(count, sizeof(json_t *)), *mean;
	size_t n = 0, i;
	int rc = -1;

	mean = json_object();
	if (inner == NULL || mean == NULL ||
	    json_object_set_new(out, name, mean) != 0) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	for (i = 0; i < count; i++) {
		inner[n] = json_object_get(records[i], name);
		n += json_is_object(inner[n]);
	}
	rc = series_mean(inner, n, mean, err);
out:
	free(inner);
	return rc;
}

int
series_mean(json_t *const *records, size_t count, json_t *out,
    struct error *err)
{
	const char *name;
	json_t *value;
	double number;
	size_t i;
	int rc = 0;

	if (count == 0)
		return 0;
	json_object_foreach(records[count - 1], name, value) {
		if (json_is_object(value)) {
			rc = object_mean(records, count, name, out, err);
		} else if (field_real(records[count - 1], name, &number,
		    NULL) == 0) {
			rc = number_mean(records, count, name, out, err);
		} else {
			for (i = 0; i < count; i++)
				if (!json_equal(json_object_get(records[i],
				    name), value))
					break;
			if (i == count && json_object_set(out, name,
			    value) != 0)
				rc = error_set(err, STATUS_TEMPFAIL,
				    "out of memory");
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}
