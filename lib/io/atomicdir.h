#ifndef IO_ATOMICDIR_H
#define IO_ATOMICDIR_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * A directory that appears only when complete: files are written into a
 * temporary sibling (".NAME.tmp-PID-XXXX"), every file and the directory are
 * fsynced, then it is renamed and the parent is fsynced.
 */
struct atomicdir;

/*
 * STATUS_CANTCREATE when `path` exists or the parent is missing, STATUS_IO on a
 * full disk.
 */
struct atomicdir *atomicdir_create(const char *path, struct error *err);

/* The temporary directory's path, to write files in. */
const char *atomicdir_path(const struct atomicdir *d);

/* Copy a file into it under its own name; absent optional files are skipped. */
int atomicdir_copy(struct atomicdir *d, const char *from, int optional,
    struct error *err);

/* Write `length` bytes as the file `name`. */
int atomicdir_write(struct atomicdir *d, const char *name, const void *data,
    size_t length, struct error *err);

int atomicdir_commit(struct atomicdir *d, struct error *err);

/* Free; without a commit before it, remove the temporary directory. */
void atomicdir_abandon(struct atomicdir *d);

#endif
