#ifndef TOOLS_RUNDIR_H
#define TOOLS_RUNDIR_H

#include <stdint.h>

#include "lib/base/error.h"

/*
 * The directory of a run: checkpoints 0000, 0001, ..., each of which is
 * complete when it is there, and who works on the next one.
 */

/* "DIR/0007", or "0007" where DIR is "."; NULL when memory ran out. */
char *rundir_path(const char *dir, uint64_t number);

/* The newest checkpoint's number; 0, or -1 (STATUS_NOINPUT: there is none). */
int rundir_newest(const char *dir, uint64_t *number, struct error *err);

/*
 * Remove what a killed update may have left: unfinished checkpoints, and
 * unfinished files in the newest one.  For who has the place of the update.
 */
void rundir_sweep(const char *dir, uint64_t newest);

/*
 * The two that work in a run, and the update when it has a whole buffer; each
 * place is one process's.
 */
enum rundir_place { RUNDIR_SAMPLER, RUNDIR_UPDATE, RUNDIR_LEARNING };

/*
 * rundir_take(dir, place, err):
 * Take a place until the file descriptor that it returns is closed or the
 * process ends, in whatever way.  -1: STATUS_TEMPFAIL, another process has it;
 * STATUS_CANTCREATE, STATUS_IO.
 */
int rundir_take(const char *dir, enum rundir_place place, struct error *err);

/* Take and leave RUNDIR_LEARNING; ${fd} is rundir_take's for RUNDIR_UPDATE. */
void rundir_learning(int fd, int learning);

/* Whether another process has the place; ${fd} is rundir_take's. */
int rundir_taken(int fd, enum rundir_place place);

#endif
