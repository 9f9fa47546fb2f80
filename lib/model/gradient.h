#ifndef MODEL_GRADIENT_H
#define MODEL_GRADIENT_H

#include <stddef.h>

#include "kernels/kernels.h"
#include "lib/model/arena.h"
#include "lib/model/parameters.h"

#define GRADIENT_WINDOWS 3

/*
 * Where backward passes add up the parameters' gradients: an arena on the
 * device; or, where that is the host's, windows of it, in the order of the
 * backward: the head, the layers from the last, the embedding.  While one is
 * added to, the one before goes back to the host and the next one comes.
 */
struct gradient {
	struct kernels *kernels;
	const struct parameters *parameters; /* borrowed */
	size_t layers;
	float *arena;   /* laid out as the parameters; the caller's */
	int windowed;   /* it is the host's, from alloc_host */
	float *vectors; /* of norms and biases: on the device all the time */
	float *window[GRADIENT_WINDOWS];
	size_t turn;    /* windows that this pass opened */
	int fresh;      /* no pass has added to it */
};

/*
 * For ${layers} layers of ${parameters}; then, with windows, their device
 * memory (arena.h).
 */
void gradient_begin(struct gradient *g, struct kernels *k,
    const struct parameters *parameters, size_t layers, int windowed);
void gradient_carve(struct gradient *g, struct arena *a);

/* A sum begins, of nothing; `clean`: the arena is 0 already. */
void gradient_clear(struct gradient *g, int clean);

/* A backward pass begins; goes on to the next of the windows; ends. */
void gradient_pass(struct gradient *g);
void gradient_next(struct gradient *g);
void gradient_pass_end(struct gradient *g);

/* The arena has the sum. */
void gradient_done(struct gradient *g);

/*
 * gradient_at(g, offset):
 * The device memory of the parameter there, a vector or in the window that is
 * open.
 */
float *gradient_at(const struct gradient *g, size_t offset);

#endif
