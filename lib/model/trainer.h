#ifndef MODEL_TRAINER_H
#define MODEL_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/io/safetensors.h"
#include "lib/model/cost.h"
#include "lib/model/head.h"
#include "lib/model/microbatch.h"
#include "lib/model/model.h"
#include "lib/model/transformer.h"

/*
 * Consecutive tokens of a sequence's response, first … first+n-1, in a loss:
 * what the model says of them, and room for the loss's gradient by that.
 */
struct loss_rows {
	size_t sequence;      /* its number in the list */
	size_t first, n;
	const float *logprob; /* (n) log P of the tokens */
	const float *entropy; /* (n) of P where they stand */
	float *dlogprob;      /* (n) to be filled in */
	float *dentropy;      /* (n) 0 unless filled in */
};

/* Fills in the gradient of some rows; anything but 0 ends the pass. */
typedef int trainer_loss(void *context, const struct loss_rows *rows);

/* Seconds by phase, and what was computed, since trainer_new. */
struct trainer_work {
	double forward, backward, optimiser;
	struct cost_work work; /* a micro-batch is a pass */
	size_t steps;
};

/*
 * A model in training: fp32 masters, gradient and AdamW's moments, arenas laid
 * out as model->parameters, pieces of one allocation on the device; what a pass
 * writes is another.
 */
struct trainer {
	struct model *model;    /* owned */
	struct workspace *work;
	struct head *head;
	void *state, *room;     /* the two allocations */
	size_t bytes;           /* they together */
	float *master;
	float *gradient;
	float *m, *v;
	uint64_t step;          /* optimiser steps taken */
	int fresh;              /* no step taken, no moments loaded */
	int stale;              /* masters have moved on from the weights */
	int clean;              /* the gradient is all 0 */
	struct trainer_work done;
	struct microbatch micro;
	/* A micro-batch's, on the host. */
	float *logprob, *entropy, *dlogprob, *dentropy;
};

/*
 * trainer_new(k, config, type, err):
 * A model and its optimiser's state; the weights are unset and there is no room
 * for a batch yet.  NULL with STATUS_TEMPFAIL (memory; names the bytes).
 */
struct trainer *trainer_new(struct kernels *k, const struct config *config,
    enum dtype type, struct error *err);

/*
 * trainer_reserve(t, room, mode, err):
 * Room for micro-batches.  Called once, before the first gradient.  -1 with
 * STATUS_DATA (positions) or STATUS_TEMPFAIL (memory; names the bytes).
 */
int trainer_reserve(struct trainer *t, const struct microbatch_room *room,
    enum workspace_mode mode, struct error *err);

void trainer_free(struct trainer *t);

/* Masters from the checkpoint's weights (checked by model_check). */
int trainer_load(struct trainer *t, const struct safetensors *weights,
    struct error *err);

/*
 * Masters and moments from optimizer.safetensors: "master.NAME",
 * "exp_avg.NAME", "exp_avg_sq.NAME", F32.  -1 with STATUS_DATA.
 */
int trainer_load_state(struct trainer *t, const struct safetensors *state,
    uint64_t step, struct error *err);

/*
 * Random masters: normal with standard deviation 0.02, and 0.02/√(2·layers) for
 * the projections into the residual stream (GPT-2, section 2.3); norms 1,
 * biases 0.  A function of the seed alone.  -1 with STATUS_TEMPFAIL (memory).
 */
int trainer_init(struct trainer *t, uint64_t seed, struct error *err);

/*
 * trainer_gradient(t, sequences, n, loss, context):
 * t->gradient = the gradient of the loss over ${n} sequences; its value is
 * ${loss}'s to sum.  Prompts of equal tokens are computed once, or once a
 * micro-batch.  Returns 0, or what ${loss} said, without a gradient.
 */
int trainer_gradient(struct trainer *t, const struct sequence *sequences,
    size_t n, trainer_loss *loss, void *context);

/* ‖t->gradient‖₂ */
double trainer_gradient_norm(struct trainer *t);

/*
 * trainer_step(t, options):
 * One AdamW step with ${options} (its `step` and `decayed` are filled in: decay
 * is for 2-D weights only), which leaves the gradient 0.  The model has the new
 * weights from the next gradient on.
 */
void trainer_step(struct trainer *t, struct adamw *options);

#endif
