#ifndef MODEL_JOBS_H
#define MODEL_JOBS_H

#include "lib/model/slots.h"

/* Prompts in the works, as lib/model/slots.h describes them. */

/* Read the next prompt and line it up: 1, 0 when there are no more, -1. */
int jobs_read(struct sampler *s);

/* Pages that are read by all samples. */
size_t jobs_full(const struct job *j);

/* Pages that the job lacks: of its prompt or, once drawn, of the full ones. */
size_t jobs_lacks(const struct job *j);

/* Take these; so many must be free. */
void jobs_take(struct sampler *s, struct job *j);

/*
 * Free pages that no running slot reads, of the youngest job that has such:
 * 1, or 0 where there is none.
 */
int jobs_drop(struct sampler *s);

/* All samples are started: nobody copies the partial page any more. */
void jobs_started(struct sampler *s, struct job *j);

/* A sample ended; with the last one the job is freed. */
void jobs_ended(struct sampler *s, struct job *j);

void jobs_free(struct sampler *s);

#endif
