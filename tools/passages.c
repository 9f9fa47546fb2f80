/* Behaviours from a file, and the passages in which they were seen. */
#include "tools/passages.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"
#include "lib/io/lines.h"

#define AROUND 80 /* bytes of text on either side, at most */

struct passages {
	const struct behaviour *b;
	size_t most;
	json_t *all; /* an array a behaviour */
};

static int
memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

struct behaviour *
passages_behaviours(const char *path, struct error *err)
{
	struct buffer line = {0};
	struct lines *lines;
	struct behaviour *b;
	size_t number = 0;
	int n;

	if (path == NULL)
		return behaviour_default(err);
	lines = lines_open(path, err);
	b = lines == NULL ? NULL : behaviour_new(err);
	n = b == NULL ? -1 : 1;
	while (n == 1 && (n = lines_next(lines, &line, err)) == 1) {
		number++;
		if (behaviour_line(b, line.data, line.length, err) != 0)
			n = -1;
	}
	if (n == 0)
		n = behaviour_ready(b, err);
	if (n < 0) {
		if (number == 0)
			error_prefix(err, "%s: ", path);
		else
			error_prefix(err, "%s:%zu: ", path, number);
		behaviour_free(b);
		b = NULL;
	}
	lines_close(lines);
	buffer_free(&line);
	return b;
}

struct passages *
passages_new(const struct behaviour *b, size_t most, struct error *err)
{
	struct passages *p = calloc(1, sizeof(*p));
	size_t i;

	if (p == NULL || (p->all = json_object()) == NULL)
		goto memory;
	p->b = b;
	p->most = most;
	for (i = 0; i < behaviour_count(b); i++)
		if (json_object_set_new(p->all, behaviour_name(b, i),
		    json_array()) != 0)
			goto memory;
	return p;
memory:
	passages_free(p);
	memory(err);
	return NULL;
}

void
passages_free(struct passages *p)
{
	if (p == NULL)
		return;
	json_decref(p->all);
	free(p);
}

/* Where a passage around byte ${at} begins: at a word's beginning. */
static size_t
beginning(const char *text, size_t at)
{
	size_t from = at > AROUND ? at - AROUND : 0, word;

	for (word = from; word > 0 && word < at; word++)
		if (isspace((unsigned char)text[word - 1]))
			return word;
	while (from < at && (text[from] & 0xc0) == 0x80)
		from++;
	return from;
}

static size_t
end(const char *text, size_t length, size_t at)
{
	size_t to = length - at > AROUND ? at + AROUND : length, word;

	for (word = to; word < length && word > at; word--)
		if (isspace((unsigned char)text[word]))
			return word;
	while (to > at && to < length && (text[to] & 0xc0) == 0x80)
		to--;
	return to;
}

static int
keep(json_t *array, const json_t *record, const char *text, size_t length,
    const size_t at[2], struct error *err)
{
	size_t from = beginning(text, at[0]), to = end(text, length, at[1]);
	json_t *passage = json_object();
	const char *id;
	uint64_t sample;

	if (passage == NULL || json_array_append_new(array, passage) != 0)
		return memory(err);
	id = field_string(record, "id", NULL, err);
	if (id == NULL || field_set_string(passage, "id", id, strlen(id),
	    err) != 0)
		return -1;
	if (field_has(record, "sample") &&
	    (field_u64(record, "sample", &sample, err) != 0 ||
	    field_set_u64(passage, "sample", sample, err) != 0))
		return -1;
	if (field_set_string(passage, "before", text + from, at[0] - from,
	    err) != 0 || field_set_string(passage, "phrase", text + at[0],
	    at[1] - at[0], err) != 0)
		return -1;
	return field_set_string(passage, "after", text + at[1], to - at[1],
	    err);
}

int
passages_add(struct passages *p, const json_t *record, struct error *err)
{
	size_t length, at[2], i;
	const char *text = field_string(record, "response", &length, err);
	json_t *array;

	if (text == NULL)
		return -1;
	for (i = 0; i < behaviour_count(p->b); i++) {
		array = json_object_get(p->all, behaviour_name(p->b, i));
		if (json_array_size(array) < p->most &&
		    behaviour_find(p->b, i, text, length, at) &&
		    keep(array, record, text, length, at, err) != 0)
			return -1;
	}
	return 0;
}

int
passages_report(const struct passages *p, json_t *object, struct error *err)
{
	return json_object_set(object, "examples", p->all) == 0 ? 0
	    : memory(err);
}

/* Text on one line. */
static void
flat(FILE *to, const json_t *passage, const char *name)
{
	const char *s = json_string_value(json_object_get(passage, name));

	for (; *s != '\0'; s++)
		fputc(iscntrl((unsigned char)*s) ? ' ' : *s, to);
}

void
passages_print(FILE *to, const struct passages *p)
{
	const json_t *array, *passage;
	const char *name;
	uint64_t sample;
	size_t i;

	json_object_foreach(p->all, name, array) {
		fprintf(to, "\n%s\n", name);
		json_array_foreach(array, i, passage) {
			fprintf(to, "  ");
			flat(to, passage, "id");
			if (field_u64(passage, "sample", &sample, NULL) == 0)
				fprintf(to, " %" PRIu64, sample);
			fprintf(to, ": ");
			flat(to, passage, "before");
			fprintf(to, "\xc2\xab");
			flat(to, passage, "phrase");
			fprintf(to, "\xc2\xbb");
			flat(to, passage, "after");
			fputc('\n', to);
		}
	}
}
