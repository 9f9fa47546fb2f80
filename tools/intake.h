#ifndef TOOLS_INTAKE_H
#define TOOLS_INTAKE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/io/tool.h"
#include "lib/model/config.h"
#include "tools/prompt.h"
#include "tools/trajectory.h"

/*
 * A buffer of trajectories, read and parsed by a thread of its own while the
 * caller loads a model.  The caller fills in the first seven and leaves the
 * tool alone from start to wait; what was read is there after wait.
 */
struct intake {
	struct tool *tool;
	struct prompt *prompt;       /* opened here, from `model` */
	const char *model;
	const struct config *config; /* what the tokens are checked by */
	int sampler;                 /* records must have logprobs */
	enum trajectory_target target;
	struct jsonl_writer *copy;   /* gets the records' lines, or NULL */
	struct trajectory *list;     /* (count) */
	size_t count, capacity;
	size_t records;   /* read, those that were bad too */
	size_t empty;     /* without a response token: left out */
	int ended;        /* with tool->ends: by an end record, */
	uint64_t number;  /* which says that */
	double seconds;   /* that reading took */
	size_t group;     /* where the last record's group begins */
	char *id;         /* of it, or NULL */
	size_t id_length;
	pthread_t thread;
	struct error error;
	int result;
};

/*
 * SIGINT and SIGTERM go to the reader alone until intake_wait, so that they end
 * its wait for input.  0, or -1 (STATUS_TEMPFAIL: no thread).
 */
int intake_start(struct intake *in, struct error *err);

/* 0, or -1 with what was wrong with the buffer. */
int intake_wait(struct intake *in, struct error *err);

/* Forget the buffer, so that the next one of the same input can be read. */
void intake_clear(struct intake *in);

void intake_free(struct intake *in);

#endif
