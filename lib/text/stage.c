/* Objects with a type, and Sequences of them, whatever the types. */
#include "lib/text/stage.h"

#include <string.h>

int
stage_read(const struct stage *s, const json_t *json, void *context,
    struct error *err)
{
	const char *type = json_string_value(json_object_get(json, "type"));
	const json_t *list, *item;
	size_t i;

	if (type == NULL)
		return error_set(err, STATUS_DATA, "%s has no type", s->name);
	if (strcmp(type, "Sequence") != 0)
		return s->take(context, type, json, err);
	list = json_object_get(json, s->list);
	if (!json_is_array(list))
		return error_set(err, STATUS_DATA, "%s Sequence has no %s",
		    s->name, s->list);
	json_array_foreach(list, i, item)
		if (stage_read(s, item, context, err) == -1)
			return -1;
	return 0;
}
