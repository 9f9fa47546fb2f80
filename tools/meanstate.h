#ifndef TOOLS_MEANSTATE_H
#define TOOLS_MEANSTATE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/io/atomicfile.h"
#include "lib/rl/running.h"

/*
 * Where a running mean is kept between buffers: in one file, or in one for each
 * iteration of a run, DIR/NNNN/NAME, NNNN to the letter, where a run that is
 * killed and goes on finds the mean as it was.
 */
struct meanstate {
	const char *path;
	size_t digits;      /* where NNNN is in it; SIZE_MAX: nowhere */
	uint64_t number;    /* the iteration that is under way */
	struct atomicfile *file;
};

/*
 * meanstate_open(s, path, mean, err):
 * Read the mean and begin the file that will have the next: with NNNN the mean
 * behind the iteration before the run's newest checkpoint, which is the one
 * under way.  0, or -1 as meanfile_open and rundir_newest.
 */
int meanstate_open(struct meanstate *s, const char *path,
    struct running *mean, struct error *err);

/* The input's end: the mean takes the old one's place. */
int meanstate_commit(struct meanstate *s, const struct running *mean,
    struct error *err);

/* The end of iteration ${number}: the same, and the next one begins. */
int meanstate_next(struct meanstate *s, uint64_t number, struct running *mean,
    struct error *err);

void meanstate_free(struct meanstate *s);

#endif
