#ifndef IO_ATOMICFILE_H
#define IO_ATOMICFILE_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * A file that appears only when complete: written as a temporary sibling
 * (".NAME.tmp-PID-XXXXXX"), fsynced, renamed over what was there, the parent
 * fsynced.  What is not a regular file (/dev/null, a FIFO) is written as it
 * is.  A symbolic link is followed, and stays.
 */
struct atomicfile;

/* STATUS_CANTCREATE or, on a full disk, STATUS_IO, naming the path. */
struct atomicfile *atomicfile_create(const char *path, struct error *err);

/* All of it; 0, or -1 with STATUS_IO (EPIPE: see jsonl_write). */
int atomicfile_write(struct atomicfile *f, const void *data, size_t length,
    struct error *err);

int atomicfile_commit(struct atomicfile *f, struct error *err);

/* Free; without a commit before it, the temporary file is removed. */
void atomicfile_abandon(struct atomicfile *f);

/*
 * atomicfile_put(fd, path, data, length, err):
 * write(2) until all is written; interrupted writes go on.  ${path} names it
 * in messages.
 */
int atomicfile_put(int fd, const char *path, const void *data, size_t length,
    struct error *err);

/* The status of a file that can't be created, by errno. */
enum status atomicfile_status(int number);

/* Make the renames in a directory, or in the parent of ${path}, durable. */
int atomicfile_sync_parent(const char *path, struct error *err);

#endif
