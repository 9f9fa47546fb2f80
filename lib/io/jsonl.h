#ifndef IO_JSONL_H
#define IO_JSONL_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/*
 * Records, one JSON object a line, from a sequence of files (plain or zstd,
 * by magic; "-" is standard input).  Lines may be of any length; empty lines
 * are skipped but counted; a byte order mark before the first is no part of
 * it.  A number that is not changed is written as it came, whatever its form or
 * size; read numbers with field.h.
 */
struct jsonl_reader;

/*
 * jsonl_open(paths, count, err):
 * ${paths} is borrowed; count 0 means standard input.  Nothing is opened
 * before the first read.  Returns NULL when memory ran out.
 */
struct jsonl_reader *jsonl_open(char *const *paths, size_t count,
    struct error *err);

/*
 * jsonl_read(r, record, err):
 * Returns 1 and a new reference in ${record}; 0 at the end; -1 with a message
 * that begins "FILE:LINE: " (STATUS_DATA: not a JSON object, duplicate keys,
 * invalid UTF-8, truncated zstd; STATUS_NOINPUT: no file to read; STATUS_IO).
 * After STATUS_DATA for a line the reader stands behind that line, so that
 * --skip-bad can go on, unless jsonl_broken.  A signal that signals_install
 * catches ends a wait for input with 128 + N as status.
 */
int jsonl_read(struct jsonl_reader *r, json_t **record, struct error *err);

/*
 * jsonl_read in two halves, for tools that parse in other threads:
 * jsonl_next replaces ${line} by the next line that is not empty, 1, 0 or -1
 * (the input failed, with FILE:LINE); jsonl_parse makes a record of it, or
 * NULL with STATUS_DATA, without FILE:LINE.
 */
int jsonl_next(struct jsonl_reader *r, struct buffer *line,
    struct error *err);
json_t *jsonl_parse(const struct buffer *line, struct error *err);

/* The record last read by jsonl_read as it stands in its line. */
const struct buffer *jsonl_text(const struct jsonl_reader *r);

/* The file and line of the record last read, for messages. */
const char *jsonl_file(const struct jsonl_reader *r);
size_t jsonl_line(const struct jsonl_reader *r);

/* Whether the input itself failed: no more can be read. */
int jsonl_broken(const struct jsonl_reader *r);

void jsonl_close(struct jsonl_reader *r);

/*
 * Where records go: standard output (path NULL or "-"), or a file that
 * appears only when complete: a temporary sibling, fsynced and renamed by
 * jsonl_commit.  zstd if the path ends in ".zst" or ${zstd} is set.
 */
struct jsonl_writer;

struct jsonl_writer *jsonl_create(const char *path, int zstd,
    struct error *err); /* STATUS_CANTCREATE */

/* Flush a file a record at a time too: zstd then has the bytes of a pipe's. */
void jsonl_flush_each(struct jsonl_writer *w);

/*
 * jsonl_write(w, record, err):
 * One line, compact, keys in their order, UTF-8 unescaped, reals in their
 * shortest form; standard output is flushed a record at a time.  Returns 0 or
 * -1 (STATUS_IO).  EPIPE is reported as STATUS_OK with an empty message: the
 * reader has had enough; end quietly (signals_install ignores SIGPIPE).
 */
int jsonl_write(struct jsonl_writer *w, const json_t *record,
    struct error *err);

/* Write a record that encode_json has put into ${text}, as jsonl_write. */
int jsonl_write_text(struct jsonl_writer *w, const struct buffer *text,
    struct error *err);

/* Finish the stream; a file appears.  Returns 0 or -1 (STATUS_IO). */
int jsonl_commit(struct jsonl_writer *w, struct error *err);

/* Free; without a commit before it, the temporary file is removed. */
void jsonl_abandon(struct jsonl_writer *w);

#endif
