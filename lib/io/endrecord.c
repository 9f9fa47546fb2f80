/* The record between two iterations of a stream. */
#include "lib/io/endrecord.h"

#include <string.h>

#include "lib/io/field.h"
#include "lib/io/jsonl.h"

int
endrecord_read(const json_t *record, uint64_t *number)
{
	static const char *const others[] = {"id", "question", "messages",
	    "prompt", "response"};
	uint64_t n;

	if (!field_has(record, "end") ||
	    field_u64(record, "end", &n, NULL) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (field_has(record, others[i]))
			return 0;
	if (number != NULL)
		*number = n;
	return 1;
}

int
endrecord_line(const struct buffer *line)
{
	static const char name[] = "\"end\"";
	json_t *record;
	int is;

	/* Few lines have that in them, and only these are parsed here. */
	if (memmem(line->data, line->length, name, sizeof(name) - 1) == NULL)
		return 0;
	record = jsonl_parse(line, NULL);
	is = record != NULL && endrecord_read(record, NULL);
	json_decref(record);
	return is;
}

json_t *
endrecord_new(uint64_t number)
{
	return json_pack("{s:I}", "end", (json_int_t)number);
}
