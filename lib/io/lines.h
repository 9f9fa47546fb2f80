#ifndef IO_LINES_H
#define IO_LINES_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/*
 * The lines of a file, plain or zstd (by its magic; any number of frames).
 * "-" is standard input.
 */
struct lines;

/* NULL with STATUS_NOINPUT or STATUS_IO, and a message without a place. */
struct lines *lines_open(const char *path, struct error *err);

/*
 * lines_next(l, line, err):
 * Replace ${line} by the next one, without its newline.  Returns 1; 0 at the
 * end; -1 with STATUS_DATA (truncated or bad zstd), STATUS_IO, or 128 + N when
 * signal N came while it waited; nothing more can then be read.
 */
int lines_next(struct lines *l, struct buffer *line, struct error *err);

void lines_close(struct lines *l);

#endif
