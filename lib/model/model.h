#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stddef.h>

#include "kernels/kernels.h"
#include "lib/base/error.h"
#include "lib/io/safetensors.h"
#include "lib/model/config.h"
#include "lib/model/parameters.h"

/*
 * A weight of a linear layer on the device: the packed form of W (N, K), and
 * what matmul_backward_input reads, which may be the same, in training.
 */
struct linear {
	size_t N, K;
	void *packed;
	void *backward; /* NULL unless trained */
};

struct model_layer {
	float *input_norm; /* (C) */
	struct linear qkv; /* ((H+2G)·D, C) */
	float *qkv_bias;   /* ((H+2G)·D) or NULL */
	float *q_norm;     /* (D) or NULL */
	float *k_norm;     /* (D) or NULL */
	struct linear o;   /* (C, H·D) */
	float *post_norm;  /* (C) */
	struct linear gate_up; /* (2F, C) */
	struct linear down;    /* (C, F) */
};

/* A transformer whose weights are on a device, ready to compute with. */
struct model {
	struct kernels *kernels;        /* borrowed */
	struct config config;
	struct parameters parameters;
	struct attention_shape attention;
	enum dtype type;
	int trained;                    /* weights for the backward are kept */
	const void *embedding;          /* (V, C) of embedding_type */
	enum dtype embedding_type;
	void *table;                    /* what embedding is, or NULL */
	struct model_layer *layers;
	float *norm;                    /* (C) */
	struct linear head;             /* (V, C), or (1, C) */
	float *head_bias;               /* (1) or NULL */
	float *rope;                    /* (positions, D); NULL for 0 */
	size_t positions;
};

/*
 * model_new(k, config, type, positions, trained, err):
 * Allocate a model for sequences of up to ${positions} tokens (0: model_reach
 * will say); its weights are unset until model_load or model_set.  ${k} must
 * outlive it.  NULL with STATUS_DATA (more positions than the model has),
 * STATUS_UNAVAILABLE (heads that ${k} can't do), STATUS_TEMPFAIL (memory).
 */
struct model *model_new(struct kernels *k, const struct config *config,
    enum dtype type, size_t positions, int trained, struct error *err);

/*
 * Have a trained model keep its embeddings in the compute type, for masters
 * that the device can't read.  Before model_set; -1 with STATUS_TEMPFAIL.
 */
int model_own_embedding(struct model *m, struct error *err);

/* Make it a model for up to ${positions} tokens; -1 as model_new. */
int model_reach(struct model *m, size_t positions, struct error *err);

/*
 * Set all weights of a model that is not trained from tensors that
 * inventory_check accepted.
 */
int model_load(struct model *m, const struct safetensors *s,
    struct error *err);

/*
 * Set all weights from an arena in device or host memory, laid out as
 * m->parameters.  A trained model goes on reading its embeddings there, unless
 * it has its own.
 */
void model_set(struct model *m, const float *arena);

void model_free(struct model *m);

#endif
