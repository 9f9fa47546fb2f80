#ifndef TOOLS_CREW_H
#define TOOLS_CREW_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tools/judge.h"

/*
 * Threads that work on records while one thread reads them and the results
 * come out in the order of the input.  A record waits for nobody but those
 * before it: no batch has to fill.
 */
struct crew;

struct crew_job {
	/* Filled in by who submits. */
	struct buffer in;
	const char *file; /* where it is from */
	size_t line;
	int end;          /* an end record, which nobody judges */
	struct appraisal appraisal; /* `values` is freed with the job */
	/* Filled in by `work`. */
	struct buffer out;
	struct judge_note note;
	int failed;       /* with `err` */
	struct error err;
};

/* In any thread: fill in the job.  ${worker} is this thread's alone. */
typedef void crew_work(void *worker, struct crew_job *job);

/* One after the other, in order, in any thread: 0, or -1 to end it all. */
typedef int crew_done(void *arg, struct crew_job *job);

/* A thread for each of ${count} workers.  Signals stay with the caller's
 * thread.  NULL on error. */
struct crew *crew_new(void *const *workers, size_t count, crew_work *work,
    crew_done *done, void *arg, struct error *err);

/*
 * crew_slot(c):
 * Wait for a place; fill it in and call crew_submit, or do nothing.  NULL when
 * `done` has failed, or a signal came.
 */
struct crew_job *crew_slot(struct crew *c);
void crew_submit(struct crew *c);

/* Wait till all is done: 0; -1 when `done` has failed, or a signal came. */
int crew_drain(struct crew *c);

/* End the threads; what was submitted and is not done is lost. */
void crew_free(struct crew *c);

#endif
