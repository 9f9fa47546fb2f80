#ifndef MODEL_VALUEHEAD_H
#define MODEL_VALUEHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/model/finalnorm.h"

/*
 * A value model's head: value = score · norm(x) + bias, on chosen rows of the
 * residual stream, up to `rows` at a time.
 */
struct valuehead {
	struct finalnorm final; /* of a model whose head is no CONFIG_LOGITS */
	float *value;        /* (R) device */
	float *dvalue;       /* (R) device; training only, as what follows */
	void *dvalue_typed;  /* (R) of the model's type */
};

/*
 * What is on the host, then (arena.h) the pieces of device memory in the
 * caller's allocation.  NULL with STATUS_TEMPFAIL when memory ran out.
 */
struct valuehead *valuehead_begin(struct model *m, size_t rows, int training,
    struct error *err);
void valuehead_carve(struct valuehead *h, struct arena *a);

void valuehead_free(struct valuehead *h);

/* value (R, host) of the rows index (R, host) of the residual stream x. */
void valuehead_forward(struct valuehead *h, float *value, const float *x,
    const uint32_t *index, size_t R);

/*
 * After valuehead_forward: with dvalue (R, host) the gradient of the loss by
 * each value, add to the gradient what the head, whose window is open, and the
 * final norm get, and to dx (T, C) what the residual stream gets.  Rows may
 * come several times.
 */
void valuehead_backward(struct valuehead *h, float *dx,
    const struct gradient *g, const float *dvalue, size_t R);

#endif
