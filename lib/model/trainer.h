#ifndef MODEL_TRAINER_H
#define MODEL_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/io/safetensors.h"
#include "lib/model/head.h"
#include "lib/model/model.h"
#include "lib/model/transformer.h"

/* A prompt and its response, as tokens; both have at least one. */
struct sequence {
	const int32_t *tokens; /* (length), host */
	size_t length;
	size_t prompt;         /* the first `prompt` tokens are given */
	float temperature;
};

/*
 * Called for consecutive pieces of a sequence's response: logprob and entropy
 * (n) of its tokens first … first+n-1; it fills in dlogprob (n), the gradient
 * of the loss by each logprob.  Anything but 0 ends the pass.
 */
typedef int trainer_loss(void *context, size_t sequence, size_t first,
    size_t n, const float *logprob, const float *entropy, float *dlogprob);

/*
 * A model in training: fp32 masters, gradient and AdamW's moments, arenas laid
 * out as model->parameters, on the device.
 */
struct trainer {
	struct model *model;    /* owned */
	struct workspace *work;
	struct head *head;
	size_t micro_tokens;
	float *master;
	float *gradient;
	float *m, *v;           /* NULL until the first step or a load */
	uint64_t step;          /* optimiser steps taken */
	/* One micro-batch on the host. */
	int32_t *tokens;
	uint32_t *start, *first, *pages;
	uint32_t *index;        /* rows that predict a response token */
	int32_t *target;
	float *logprob, *entropy, *dlogprob;
};

/*
 * trainer_new(k, config, type, positions, micro_tokens, mode, err):
 * For sequences of up to ${positions} tokens, in micro-batches of up to
 * ${micro_tokens} tokens (or one longer sequence).  The weights are unset.
 * NULL with STATUS_DATA or STATUS_TEMPFAIL (memory).
 */
struct trainer *trainer_new(struct kernels *k, const struct config *config,
    enum dtype type, size_t positions, size_t micro_tokens,
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
 * ${loss}'s to sum.  Returns 0, or what ${loss} said, without a gradient.
 */
int trainer_gradient(struct trainer *t, const struct sequence *sequences,
    size_t n, trainer_loss *loss, void *context);

/* ‖t->gradient‖₂ */
double trainer_gradient_norm(struct trainer *t);

/*
 * trainer_step(t, options, err):
 * One AdamW step with ${options} (its `step` is filled in, its weight decay is
 * for 2-D weights only), then new weights in the model.  -1 with
 * STATUS_TEMPFAIL when there is no memory for the moments.
 */
int trainer_step(struct trainer *t, struct adamw *options, struct error *err);

#endif
