#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include <jansson.h>

#include "lib/base/error.h"
#include "lib/model/trainer.h"

/* A checkpoint directory to begin from. */
struct checkpoint {
	const char *dir;             /* borrowed */
	struct config config;
	int begun;                   /* the config is of a value model that
	                              * begins with a policy's weights */
	struct safetensors *weights; /* checked; NULL without weights */
	struct safetensors *optimizer; /* NULL where there is none */
	json_t *state;               /* trainer_state.json or NULL */
};

/*
 * checkpoint_open(c, dir, weights, optimizer, err):
 * Open a policy; a value model is refused.  Read config.json of ${dir}; with
 * ${weights} map and check its tensors; with ${optimizer} also
 * trainer_state.json, where there is one, and optimizer.safetensors, where both
 * exist.  Messages name the directory.  Returns 0, or -1 (STATUS_NOINPUT,
 * STATUS_DATA, STATUS_IO).
 * checkpoint_close is legal on a zeroed struct.
 */
int checkpoint_open(struct checkpoint *c, const char *dir, int weights,
    int optimizer, struct error *err);

/*
 * The same for a value model; a policy is refused or, with ${begin}, taken for
 * the value model that begins with its transformer and a head of zeros, without
 * optimiser's state.
 */
int checkpoint_open_value(struct checkpoint *c, const char *dir, int weights,
    int optimizer, int begin, struct error *err);

void checkpoint_close(struct checkpoint *c);

/* Unmap the weights and the optimiser's state, once they are loaded. */
void checkpoint_release(struct checkpoint *c);

/*
 * checkpoint_write(path, from, t, state, optimizer, err):
 * Write a new directory ${path}, which must not exist, in Hugging Face's
 * layout: weights from the trainer's masters in its compute type,
 * optimizer.safetensors if ${optimizer} and a step was taken,
 * trainer_state.json from ${state} (borrowed, may be NULL), config.json with
 * its dtype and, of a value model that began here, its class, and the other
 * files of ${from} as they are.  It appears only when complete.
 */
int checkpoint_write(const char *path, const struct checkpoint *from,
    struct trainer *t, const json_t *state, int optimizer, struct error *err);

/* Write t->gradient as fp32 safetensors under the weights' own names. */
int checkpoint_write_gradient(const char *path, struct trainer *t,
    struct error *err);

#endif
