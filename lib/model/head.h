#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/model/arena.h"
#include "lib/model/model.h"

/*
 * The final norm and the language model's head on chosen rows of the residual
 * stream, a chunk of up to `rows` at a time, so that logits of all positions
 * never exist at once.
 */
struct head {
	struct model *model; /* borrowed */
	size_t rows;         /* R, the largest chunk */
	int training;
	uint32_t *index;     /* (R) device: rows of the residual stream */
	float *in;           /* (R, C) */
	float *rstd;         /* (R) */
	void *norm;          /* (R, C) of type */
	float *logits;       /* (R, V) */
	int32_t *target;     /* (R) device */
	float *logprob;      /* (R) device */
	float *lse;          /* (R) device */
	float *entropy;      /* (R) device */
	float *dlogprob;     /* (R) device; training only, as what follows */
	float *dentropy;     /* (R) device */
	void *dlogits;       /* (R, V) of type */
	float *dnorm;        /* (R, C) */
	float *din;          /* (R, C) */
	void *memory;        /* NULL: another's */
};

/* NULL with STATUS_TEMPFAIL when memory ran out. */
struct head *head_new(struct model *m, size_t rows, int training,
    struct error *err);

/* The same in two halves, for a head in another's allocation (arena.h). */
struct head *head_begin(struct model *m, size_t rows, int training,
    struct error *err);
void head_carve(struct head *h, struct arena *a);

void head_free(struct head *h);

/* A chunk's rows that keeps its logits within about 64 MiB. */
size_t head_chunk(const struct model *m, size_t wanted);

/* h->logits of the rows index (R, host) of the residual stream x (T, C). */
void head_logits(struct head *h, const float *x, const uint32_t *index,
    size_t R);

/*
 * After head_logits: logprob (R, host) of the tokens target (R, host) under
 * softmax(logits/temperature), and its entropy (R, host).
 */
void head_logprob(struct head *h, float *logprob, float *entropy,
    const int32_t *target, float temperature, size_t R);

/*
 * After head_logprob: with dlogprob and dentropy (R, host) the gradients of the
 * loss by each logprob and entropy, add to `gradient` (the parameters' arena)
 * what the head and the final norm get, and to dx (T, C) what the residual
 * stream gets.  Rows may come several times.
 */
void head_backward(struct head *h, float *dx, float *gradient,
    const float *dlogprob, const float *dentropy, float temperature,
    size_t R);

#endif
