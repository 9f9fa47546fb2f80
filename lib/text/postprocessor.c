/* The ids that TemplateProcessing puts around a single sequence. */
#include "lib/text/postprocessor.h"

#include <string.h>

#include "lib/text/stage.h"

/* The ids of the special token named in a piece of the template. */
static int
add_special(const json_t *json, const json_t *piece, struct ids *to,
    struct error *err)
{
	const char *name = json_string_value(json_object_get(piece, "id"));
	const json_t *ids, *id;
	size_t i;

	ids = name == NULL ? NULL : json_object_get(json_object_get(
	    json_object_get(json, "special_tokens"), name), "ids");
	if (!json_is_array(ids))
		return error_set(err, STATUS_DATA, "post_processor "
		    "TemplateProcessing: no ids for special token '%s'",
		    name != NULL ? name : "?");
	json_array_foreach(ids, i, id) {
		if (!json_is_integer(id) || json_integer_value(id) < 0 ||
		    json_integer_value(id) > INT32_MAX)
			return error_set(err, STATUS_DATA, "post_processor "
			    "TemplateProcessing: a bad id for '%s'", name);
		if (ids_add(to, (int32_t)json_integer_value(id)) == -1)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
	}
	return 0;
}

/* Split the template at its sequence A. */
static int
read_pieces(const json_t *json, struct postprocessor *p, struct error *err)
{
	const json_t *list = json_object_get(json, "single"), *piece, *part;
	const char *id;
	size_t i, sequences = 0;

	json_array_foreach(list, i, piece) {
		part = json_object_get(piece, "SpecialToken");
		if (part != NULL) {
			if (add_special(json, part, sequences > 0 ?
			    &p->after : &p->before, err) == -1)
				return -1;
			continue;
		}
		part = json_object_get(piece, "Sequence");
		id = json_string_value(json_object_get(part, "id"));
		if (id == NULL || strcmp(id, "A") != 0)
			return error_set(err, STATUS_DATA, "post_processor "
			    "TemplateProcessing: single[%zu] is neither "
			    "SpecialToken nor Sequence A", i);
		sequences++;
	}
	if (sequences != 1)
		return error_set(err, STATUS_DATA, "post_processor "
		    "TemplateProcessing: single has %zu sequences, not one",
		    sequences);
	return 0;
}

static int
read_template(const json_t *json, struct postprocessor *p,
    struct error *err)
{
	struct postprocessor new = {0};
	int rc = -1;

	if (read_pieces(json, &new, err) == -1)
		goto out;
	/* Around what the processors before it have put there. */
	if (ids_append(&new.before, p->before.data, p->before.length) == -1 ||
	    ids_append(&p->after, new.after.data, new.after.length) == -1) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	ids_free(&p->before);
	p->before = new.before;
	new.before = (struct ids){0};
	rc = 0;
out:
	postprocessor_free(&new);
	return rc;
}

static int
take(void *processor, const char *type, const json_t *json, struct error *err)
{
	if (strcmp(type, "ByteLevel") == 0)
		return 0;
	if (strcmp(type, "TemplateProcessing") == 0)
		return read_template(json, processor, err);
	return error_set(err, STATUS_DATA,
	    "post_processor type '%s' is not supported", type);
}

int
postprocessor_read(const json_t *json, struct postprocessor *p,
    struct error *err)
{
	static const struct stage stage = {"post_processor", "processors",
	    take};

	if (json == NULL || json_is_null(json))
		return 0;
	return stage_read(&stage, json, p, err);
}

void
postprocessor_free(struct postprocessor *p)
{
	ids_free(&p->before);
	ids_free(&p->after);
}
