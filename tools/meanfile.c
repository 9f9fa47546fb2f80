/* A running mean between runs: a small JSON file. */
#include "tools/meanfile.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/buffer.h"
#include "lib/io/decode.h"
#include "lib/io/encode.h"
#include "lib/io/field.h"

static int
slurp(struct buffer *b, FILE *f, struct error *err)
{
	char block[4096];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		if (buffer_add(b, block, n) != 0)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
	return ferror(f) ? error_input(err, NULL) : 0;
}

static int
parse(struct running *mean, const struct buffer *b, struct error *err)
{
	json_t *value = decode_json(b->length > 0 ? b->data : "", b->length,
	    err);
	int r = 0;

	if (value == NULL)
		return -1;
	if (!json_is_object(value))
		r = error_set(err, STATUS_DATA, "expected an object");
	else if (field_size(value, "records", &mean->records, err) != 0 ||
	    field_real(value, "mean", &mean->mean, err) != 0)
		r = -1;
	json_decref(value);
	return r;
}

int
meanfile_read(const char *path, struct running *mean, struct error *err)
{
	struct buffer b = {0};
	FILE *f = fopen(path, "rb");
	int r = f != NULL;

	if (f == NULL && errno != ENOENT)
		r = error_input(err, NULL);
	if (f != NULL) {
		if (slurp(&b, f, err) != 0 || parse(mean, &b, err) != 0)
			r = -1;
		fclose(f);
	}
	buffer_free(&b);
	return r < 0 ? error_prefix(err, "%s: ", path) : r;
}

struct atomicfile *
meanfile_open(const char *path, struct running *mean, struct error *err)
{
	return meanfile_read(path, mean, err) < 0 ? NULL :
	    atomicfile_create(path, err);
}

int
meanfile_commit(struct atomicfile *f, const struct running *mean,
    struct error *err)
{
	json_t *value = json_object();
	struct buffer b = {0};
	int r = -1;

	if (field_set_u64(value, "records", mean->records, err) == 0 &&
	    field_set_real(value, "mean", mean->mean, err) == 0) {
		r = encode_json(&b, value) || buffer_add(&b, "\n", 1) ?
		    error_set(err, STATUS_TEMPFAIL, "out of memory") :
		    atomicfile_write(f, b.data, b.length, err);
		if (r == 0)
			r = atomicfile_commit(f, err);
	}
	json_decref(value);
	buffer_free(&b);
	return r;
}
