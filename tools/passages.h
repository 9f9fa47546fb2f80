#ifndef TOOLS_PASSAGES_H
#define TOOLS_PASSAGES_H

#include <jansson.h>
#include <stdio.h>

#include "lib/base/error.h"
#include "lib/rl/behaviour.h"

/* Behaviours from a file, and the passages in which they were seen. */

/*
 * passages_behaviours(path, err):
 * The table in ${path}, or with NULL the one built in; freed by
 * behaviour_free.  NULL with STATUS_NOINPUT, STATUS_IO or STATUS_DATA, the
 * file and line in front.
 */
struct behaviour *passages_behaviours(const char *path, struct error *err);

struct passages;

/* At most ${most} of each behaviour of ${b}, which is borrowed. */
struct passages *passages_new(const struct behaviour *b, size_t most,
    struct error *err);
void passages_free(struct passages *p);

/* Keep what a trajectory shows, if more is wanted of it; 0 or -1. */
int passages_add(struct passages *p, const json_t *record, struct error *err);

/*
 * Add `examples` to ${object}: an array a behaviour, of objects with id,
 * sample, before, phrase and after.  0 or -1.
 */
int passages_report(const struct passages *p, json_t *object,
    struct error *err);

/* Print them for people, the phrases between angle quotes. */
void passages_print(FILE *to, const struct passages *p);

#endif
