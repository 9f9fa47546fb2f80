/* Records read from a sequence of files. */
#include "lib/io/jsonl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/io/decode.h"
#include "lib/io/lines.h"

static char standard_input[] = "-";
static char *const no_paths[] = {standard_input};

struct jsonl_reader {
	char *const *paths;
	size_t count, next; /* the path to be opened next */
	struct lines *lines;
	struct buffer line;
	size_t number;
	int broken;
};

struct jsonl_reader *
jsonl_open(char *const *paths, size_t count, struct error *err)
{
	struct jsonl_reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	r->paths = count > 0 ? paths : no_paths;
	r->count = count > 0 ? count : 1;
	return r;
}

const struct buffer *
jsonl_text(const struct jsonl_reader *r)
{
	return &r->line;
}

const char *
jsonl_file(const struct jsonl_reader *r)
{
	const char *path = r->paths[r->next > 0 ? r->next - 1 : 0];

	return strcmp(path, "-") == 0 ? "(standard input)" : path;
}

size_t
jsonl_line(const struct jsonl_reader *r)
{
	return r->number;
}

int
jsonl_broken(const struct jsonl_reader *r)
{
	return r->broken;
}

/* Windows' editors begin a file with one: U+FEFF, which is no JSON. */
static void
drop_byte_order_mark(struct buffer *line)
{
	if (line->length < 3 || memcmp(line->data, "\xef\xbb\xbf", 3) != 0)
		return;
	line->length -= 3;
	memmove(line->data, line->data + 3, line->length + 1);
}

/* The next line of any file; 1, 0, -1. */
static int
next_line(struct jsonl_reader *r, struct buffer *line, struct error *err)
{
	int n;

	for (;;) {
		if (r->lines == NULL && r->next == r->count)
			return 0;
		if (r->lines == NULL) {
			r->number = 0;
			r->lines = lines_open(r->paths[r->next++], err);
			if (r->lines == NULL) {
				r->broken = 1;
				return error_prefix(err, "%s: ",
				    jsonl_file(r));
			}
		}
		n = lines_next(r->lines, line, err);
		if (n == 0) {
			lines_close(r->lines);
			r->lines = NULL;
			continue;
		}
		r->number++;
		if (n < 0)
			r->broken = 1;
		else if (r->number == 1)
			drop_byte_order_mark(line);
		return n < 0 ? error_prefix(err, "%s:%zu: ", jsonl_file(r),
		    r->number) : 1;
	}
}

int
jsonl_next(struct jsonl_reader *r, struct buffer *line, struct error *err)
{
	int n;

	do {
		if (r->broken)
			return error_set(err, STATUS_INTERNAL,
			    "read after an error");
		n = next_line(r, line, err);
		if (n <= 0)
			return n;
	} while (strspn(line->data, " \t\r") == line->length);
	return 1;
}

json_t *
jsonl_parse(const struct buffer *line, struct error *err)
{
	json_t *value = decode_json(line->data, line->length, err);

	if (value == NULL || json_is_object(value))
		return value;
	json_decref(value);
	error_set(err, STATUS_DATA, "expected a JSON object");
	return NULL;
}

int
jsonl_read(struct jsonl_reader *r, json_t **record, struct error *err)
{
	int n = jsonl_next(r, &r->line, err);

	if (n <= 0)
		return n;
	*record = jsonl_parse(&r->line, err);
	return *record != NULL ? 1 : error_prefix(err, "%s:%zu: ",
	    jsonl_file(r), r->number);
}

void
jsonl_close(struct jsonl_reader *r)
{
	if (r == NULL)
		return;
	lines_close(r->lines);
	buffer_free(&r->line);
	free(r);
}
