#ifndef MODEL_TRAINER_H
#define MODEL_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/io/safetensors.h"
#include "lib/model/cost.h"
#include "lib/model/gradient.h"
#include "lib/model/model.h"
#include "lib/model/pass.h"

/* Seconds by phase, and what gradients took, since trainer_new. */
struct trainer_work {
	double forward, backward, optimiser;
	struct cost_work work; /* a micro-batch is a pass */
	size_t steps;
};

/* What is in the host's memory, and passes through the device's. */
enum offload {
	OFFLOAD_NOTHING,
	OFFLOAD_STATE,   /* masters and moments */
	OFFLOAD_GRADIENT /* and the gradient */
};

/*
 * A model in training: fp32 masters, gradient and AdamW's moments, arenas laid
 * out as model->parameters: pieces of one allocation on the device, or of one
 * on the host.
 */
struct trainer {
	struct model *model;    /* owned */
	struct pass pass;
	const struct head_reference *reference; /* pass_reserve's; borrowed */
	int whole;              /* the loss wants whole responses */
	void *state;            /* the allocation of what follows */
	size_t bytes;           /* that and the pass's together */
	void *host;             /* of what is offloaded, or NULL */
	size_t host_bytes;
	float *master;
	float *gradient;
	struct gradient sum;    /* how it comes about */
	float *m, *v;
	uint64_t step;          /* optimiser steps taken */
	int fresh;              /* no step taken, no moments loaded */
	int stale;              /* masters have moved on from the weights */
	int clean;              /* the gradient is all 0 */
	struct trainer_work done;
};

/*
 * trainer_new(k, config, type, offload, err):
 * A model and its optimiser's state; the weights are unset and there is no room
 * for a batch yet.  Whatever is offloaded, the results are the same.  NULL with
 * STATUS_TEMPFAIL (memory; names the bytes).
 */
struct trainer *trainer_new(struct kernels *k, const struct config *config,
    enum dtype type, enum offload offload, struct error *err);

/* Write host values into one of t's arenas, or read them from there. */
void trainer_put(struct trainer *t, float *out, const float *host, size_t n);
void trainer_get(struct trainer *t, float *host, const float *in, size_t n);

/*
 * trainer_reserve(t, room, mode, err):
 * Room for micro-batches, with t->reference for pass_reserve, in place of the
 * room that there was.  Called before the first gradient.  -1 as pass_reserve.
 */
int trainer_reserve(struct trainer *t, const struct microbatch_room *room,
    enum workspace_mode mode, struct error *err);

void trainer_free(struct trainer *t);

/*
 * Masters from the checkpoint's weights (checked by inventory_check); the head
 * of a value model that begins with a policy's stays 0.
 */
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
 * ${loss}'s to sum, chunk by chunk or, with t->whole, response by response (the
 * head's forward is then made twice).  Prompts of equal tokens are computed
 * once, or once a micro-batch.  Returns 0, or what ${loss} said, without a
 * gradient.
 */
int trainer_gradient(struct trainer *t, const struct sequence *sequences,
    size_t n, pass_loss *loss, void *context);

/* For pass_forward: the pass, the weights as the masters are now. */
struct pass *trainer_pass(struct trainer *t);

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
