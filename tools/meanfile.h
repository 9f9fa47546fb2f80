#ifndef TOOLS_MEANFILE_H
#define TOOLS_MEANFILE_H

#include "lib/base/error.h"
#include "lib/io/atomicfile.h"
#include "lib/rl/running.h"

/*
 * Read the running mean that ${path} holds: 1; 0 where there is no such file
 * and ${mean} stays as it is; -1 as meanfile_open.
 */
int meanfile_read(const char *path, struct running *mean, struct error *err);

/*
 * meanfile_open(path, mean, err):
 * Read the running mean that ${path} holds, {"records":N,"mean":M}, and begin
 * the file that will replace it; without such a file ${mean} stays as it is.
 * Returns what meanfile_commit writes, or NULL: STATUS_DATA names the file
 * and the field.  Without the commit, atomicfile_abandon keeps the old file.
 */
struct atomicfile *meanfile_open(const char *path, struct running *mean,
    struct error *err);

/* The mean as it is now takes the old one's place; 0, or -1. */
int meanfile_commit(struct atomicfile *f, const struct running *mean,
    struct error *err);

#endif
