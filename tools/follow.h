#ifndef TOOLS_FOLLOW_H
#define TOOLS_FOLLOW_H

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/io/tool.h"

/* A sampler that goes from checkpoint to checkpoint of a run. */
struct follow {
	/* Targets of FOLLOW_OPTIONS. */
	const char *dir; /* NULL: it doesn't */
	uint64_t until;
	/* Filled in by the functions. */
	char *model;     /* the checkpoint's path */
	int place;       /* rundir_take's */
	int met;         /* an update was there */
};

#define FOLLOW_OPTIONS(f) \
	{.name = "follow", .type = OPTION_STRING, .target = &(f)->dir, \
	    .arg = "DIR", .help = "in place of -m: the run's newest " \
	    "checkpoint, then each that appears"}, \
	{.name = "until", .type = OPTION_U64, .target = &(f)->until, \
	    .min = 1, \
	    .arg = "T", .fallback = "no end", \
	    .help = "--follow: checkpoint T is the last one to be made"}

/*
 * follow_begin(f, number, err):
 * Take the sampler's place in the run; f->model is its newest checkpoint, with
 * that ${number}.  0, or -1 as rundir_newest and rundir_take.
 */
int follow_begin(struct follow *f, uint64_t *number, struct error *err);

/*
 * follow_wait(f, t, number, err):
 * Wait for checkpoint ${number} and make it f->model: 1.  0: nobody will make
 * it, as standard output's reader or the update is gone.  -1: a signal;
 * STATUS_TEMPFAIL, no update ever came.  ${t} warns once where the update's
 * buffer does not end.
 */
int follow_wait(struct follow *f, const struct tool *t, uint64_t number,
    struct error *err);

void follow_end(struct follow *f);

#endif
