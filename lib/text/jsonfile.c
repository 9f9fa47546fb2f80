/* A checkpoint's small files, read whole. */
#include "lib/text/jsonfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"

static int
read_all(FILE *f, struct buffer *b)
{
	size_t n;

	do {
		if (buffer_reserve(b, 1 << 16) == -1) {
			errno = ENOMEM;
			return -1;
		}
		n = fread(b->data + b->length, 1, 1 << 16, f);
		b->length += n;
		b->data[b->length] = '\0';
	} while (n > 0);
	return ferror(f) ? -1 : 0;
}

char *
jsonfile_read(const char *dir, const char *name, size_t *length,
    struct error *err)
{
	struct buffer path = {0}, all = {0};
	FILE *f = NULL;

	if ((dir != NULL && (buffer_add_string(&path, dir) == -1 ||
	    buffer_add(&path, "/", 1) == -1)) ||
	    buffer_add_string(&path, name) == -1) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	f = fopen(path.data, "rb");
	if (f == NULL || read_all(f, &all) == -1) {
		error_input(err, path.data);
		buffer_free(&all);
		goto out;
	}
	*length = all.length;
out:
	if (f != NULL)
		fclose(f);
	buffer_free(&path);
	return all.data;
}

int
jsonfile_exists(const char *dir, const char *name)
{
	struct buffer path = {0};
	/* Without the memory to know, let the attempt to read it fail. */
	int there = buffer_add_string(&path, dir) == -1 ||
	    buffer_add(&path, "/", 1) == -1 ||
	    buffer_add_string(&path, name) == -1 ||
	    access(path.data, F_OK) == 0;

	buffer_free(&path);
	return there;
}

json_t *
jsonfile_load(const char *dir, const char *name, struct error *err)
{
	json_error_t bad;
	json_t *json = NULL;
	size_t length;
	char *text = jsonfile_read(dir, name, &length, err);

	if (text == NULL)
		return NULL;
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &bad);
	if (json == NULL)
		error_set(err, STATUS_DATA, "%s/%s:%d: %s", dir, name,
		    bad.line, bad.text);
	else if (!json_is_object(json)) {
		error_set(err, STATUS_DATA, "%s/%s: not a JSON object", dir,
		    name);
		json_decref(json);
		json = NULL;
	}
	free(text);
	return json;
}
