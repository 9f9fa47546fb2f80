#ifndef MODEL_FINALNORM_H
#define MODEL_FINALNORM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/model/arena.h"
#include "lib/model/gradient.h"
#include "lib/model/model.h"

/*
 * What a head of either kind reads: chosen rows of the residual stream through
 * the final norm, a chunk of up to `rows` at a time.
 */
struct finalnorm {
	struct model *model; /* borrowed */
	size_t rows;         /* R, the largest chunk */
	int training;
	uint32_t *index;     /* (R) device: rows of the residual stream */
	float *in;           /* (R, C) */
	float *rstd;         /* (R) */
	void *out;           /* (R, C) of the model's type */
	float *dout;         /* (R, C); training only, as what follows */
	float *din;          /* (R, C) */
};

/* The pieces (arena.h), once model, rows and training are set. */
void finalnorm_carve(struct finalnorm *f, struct arena *a);

/* f->out of the rows index (R, device) of the residual stream x (T, C). */
void finalnorm_forward(struct finalnorm *f, const float *x,
    const uint32_t *index, size_t R);

/*
 * After finalnorm_forward with f->index, and with f->dout the gradient by
 * f->out: add to the gradient what the norm gets, and to dx (T, C) what the
 * residual stream gets.  Rows may come several times.
 */
void finalnorm_backward(struct finalnorm *f, float *dx,
    const struct gradient *g, size_t R);

#endif
