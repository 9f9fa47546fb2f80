/* Waiting for a run's next checkpoint, but not for an update that is dead. */
#include "tools/follow.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tools/rundir.h"

/* Milliseconds between two looks. */
#define PAUSE 5
/* Seconds that an update has to begin, and an end record to arrive there. */
#define PATIENCE 10
#define TRANSIT 60

int
follow_begin(struct follow *f, uint64_t *number, struct error *err)
{
	f->place = rundir_take(f->dir, RUNDIR_SAMPLER, err);
	if (f->place < 0 || rundir_newest(f->dir, number, err) != 0)
		return -1;
	f->model = rundir_path(f->dir, *number);
	return f->model != NULL ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "no memory");
}

/* Sleep for a moment; 1 when nobody reads standard output any more. */
static int
reader_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, PAUSE) > 0 && (out.revents & POLLERR) != 0;
}

/* 0 while there is hope: an update at work, or about to begin. */
static int
update_gone(struct follow *f, double since, struct error *err)
{
	if (rundir_taken(f->place, RUNDIR_UPDATE)) {
		f->met = 1;
		return 0;
	}
	if (f->met)
		return 1;
	return clock_seconds() - since < PATIENCE ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "%s: no empg-update --publish is "
	    "at work in this run", f->dir);
}

/* A filter that keeps the end record would have us all wait for ever. */
static void
mention(const struct follow *f, const struct tool *t, double *since)
{
	if (clock_seconds() - *since < TRANSIT ||
	    rundir_taken(f->place, RUNDIR_LEARNING))
		return;
	tool_warn(t, "%s is waited for, and for %d seconds the update has not "
	    "met the record that ends its buffer: does a filter hand it on, "
	    "and at once (jq --unbuffered)?", f->model, TRANSIT);
	*since = INFINITY;
}

int
follow_wait(struct follow *f, const struct tool *t, uint64_t number,
    struct error *err)
{
	double since = clock_seconds(), silent = since;
	int gone;

	free(f->model);
	f->model = rundir_path(f->dir, number);
	if (f->model == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	for (;;) {
		gone = update_gone(f, since, err);
		if (access(f->model, F_OK) == 0)
			return 1;
		if (gone != 0)
			return gone < 0 ? -1 : 0;
		if (tool_interrupted(err))
			return -1;
		mention(f, t, &silent);
		if (reader_gone())
			return 0;
	}
}

void
follow_end(struct follow *f)
{
	free(f->model);
	if (f->place > 0)
		close(f->place);
	*f = (struct follow){0};
}
