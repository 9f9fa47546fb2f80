/* The prompts of an input, kept in memory with their places. */
#include "tools/prompts.h"

#include <stdlib.h>

#include "lib/io/field.h"

static int
append(struct prompts *p, const struct prompt_record *record,
    struct error *err)
{
	if (p->count == p->capacity) {
		size_t more = p->capacity ? 2 * p->capacity : 256;
		struct prompt_record *list = reallocarray(p->list, more,
		    sizeof(*list));

		if (list == NULL)
			return error_set(err, STATUS_TEMPFAIL,
			    "no memory for the prompts");
		p->list = list;
		p->capacity = more;
	}
	p->list[p->count++] = *record;
	return 0;
}

/* An id that none of ${ids} is, added to them; 0, or -1. */
static int
take_id(json_t *ids, const json_t *record, struct error *err)
{
	const char *id = field_string(record, "id", NULL, err);

	if (id == NULL)
		return -1;
	if (json_object_get(ids, id) != NULL)
		return error_set(err, STATUS_DATA, "id: '%s' was there before",
		    id);
	if (json_object_set_new(ids, id, json_true()) != 0)
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory for the prompts");
	return 0;
}

int
prompts_read(struct prompts *p, struct tool *t, struct error *err)
{
	json_t *ids = json_object();
	struct prompt_record at = {0};
	int n;

	while ((n = tool_read(t, &at.record, err)) == 1) {
		at.file = jsonl_file(t->reader);
		at.line = jsonl_line(t->reader);
		if (take_id(ids, at.record, err) != 0) {
			json_decref(at.record);
			if ((n = tool_bad(t, err)) != 0)
				break;
		} else if ((n = append(p, &at, err)) != 0) {
			json_decref(at.record);
			break;
		}
	}
	json_decref(ids);
	return n;
}

void
prompts_free(struct prompts *p)
{
	for (size_t i = 0; i < p->count; i++)
		json_decref(p->list[i].record);
	free(p->list);
	*p = (struct prompts){0};
}

const char *
prompts_id(const struct prompts *p, size_t i)
{
	return json_string_value(json_object_get(p->list[i].record, "id"));
}
