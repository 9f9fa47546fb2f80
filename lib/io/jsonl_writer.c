/* Records written to standard output, or to a file that appears at the end. */
#include "lib/io/jsonl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "lib/base/buffer.h"
#include "lib/io/atomicfile.h"
#include "lib/io/encode.h"

#define BLOCK (1 << 18)

struct jsonl_writer {
	struct atomicfile *file; /* NULL: standard output */
	ZSTD_CCtx *zstd;         /* NULL: plain */
	struct buffer text;      /* not compressed yet, or not written yet */
	char *block;             /* BLOCK compressed bytes */
	int flush_each;          /* a record is not to wait for others */
};

static int
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

struct jsonl_writer *
jsonl_create(const char *path, int zstd, struct error *err)
{
	struct jsonl_writer *w = calloc(1, sizeof(*w));

	error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (w == NULL)
		return NULL;
	w->flush_each = 1;
	if (path != NULL && strcmp(path, "-") != 0) {
		/* Nobody sees the file before it is complete. */
		w->flush_each = 0;
		zstd |= ends_in(path, ".zst");
		w->file = atomicfile_create(path, err);
		if (w->file == NULL)
			goto out;
	}
	if (zstd) {
		w->zstd = ZSTD_createCCtx();
		w->block = malloc(BLOCK);
		if (w->zstd == NULL || w->block == NULL)
			goto out;
		ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
	}
	return w;
out:
	jsonl_abandon(w);
	return NULL;
}

void
jsonl_flush_each(struct jsonl_writer *w)
{
	w->flush_each = 1;
}

static int
put(struct jsonl_writer *w, const char *data, size_t length,
    struct error *err)
{
	if (w->file != NULL)
		return atomicfile_write(w->file, data, length, err);
	return atomicfile_put(STDOUT_FILENO, "(standard output)", data,
	    length, err);
}

/* All the text that waits, compressed if need be. */
static int
drain(struct jsonl_writer *w, ZSTD_EndDirective mode, struct error *err)
{
	ZSTD_inBuffer in = {w->text.data, w->text.length, 0};
	ZSTD_outBuffer out;
	size_t left;

	if (w->zstd == NULL) {
		if (put(w, w->text.data, w->text.length, err) != 0)
			return -1;
		buffer_clear(&w->text);
		return 0;
	}
	do {
		out = (ZSTD_outBuffer){w->block, BLOCK, 0};
		left = ZSTD_compressStream2(w->zstd, &out, &in, mode);
		if (ZSTD_isError(left))
			return error_set(err, STATUS_INTERNAL, "zstd: %s",
			    ZSTD_getErrorName(left));
		if (put(w, w->block, out.pos, err) != 0)
			return -1;
	} while (mode == ZSTD_e_continue ? in.pos < in.size : left > 0);
	buffer_clear(&w->text);
	return 0;
}

/* A record is in the text. */
static int
written(struct jsonl_writer *w, struct error *err)
{
	if (buffer_add(&w->text, "\n", 1) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (w->flush_each)
		return drain(w, ZSTD_e_flush, err);
	return w->text.length < BLOCK ? 0 : drain(w, ZSTD_e_continue, err);
}

int
jsonl_write(struct jsonl_writer *w, const json_t *record, struct error *err)
{
	if (encode_json(&w->text, record) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return written(w, err);
}

int
jsonl_write_text(struct jsonl_writer *w, const struct buffer *text,
    struct error *err)
{
	if (buffer_add(&w->text, text->data, text->length) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return written(w, err);
}

int
jsonl_commit(struct jsonl_writer *w, struct error *err)
{
	if (drain(w, ZSTD_e_end, err) != 0)
		return -1;
	return w->file != NULL ? atomicfile_commit(w->file, err) : 0;
}

void
jsonl_abandon(struct jsonl_writer *w)
{
	if (w == NULL)
		return;
	atomicfile_abandon(w->file);
	ZSTD_freeCCtx(w->zstd);
	buffer_free(&w->text);
	free(w->block);
	free(w);
}
