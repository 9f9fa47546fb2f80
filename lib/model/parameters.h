#ifndef MODEL_PARAMETERS_H
#define MODEL_PARAMETERS_H

#include <stddef.h>

#include "lib/model/config.h"

/* A weight and its Hugging Face name: (rows, cols), or (rows) if cols is 0. */
struct parameter {
	char name[96];
	size_t rows;
	size_t cols;
	size_t offset; /* of its first element in an arena of all parameters */
	size_t count;
};

/*
 * Where a layer's parameters lie in the arena.  Tensors that one product
 * serves (q, k, v; gate, up) are neighbours, so their offset is the fused
 * weight's too.  SIZE_MAX: the architecture has none.
 */
struct layer_offsets {
	size_t input_norm;  /* (C) */
	size_t qkv;         /* ((H+2G)·D, C) */
	size_t qkv_bias;    /* ((H+2G)·D) */
	size_t q_norm;      /* (D) */
	size_t k_norm;      /* (D) */
	size_t o;           /* (C, H·D) */
	size_t post_norm;   /* (C) */
	size_t gate_up;     /* (2F, C) */
	size_t down;        /* (C, F) */
};

/* All parameters of a model in one flat arena of `total` elements. */
struct parameters {
	struct parameter *list;
	size_t count;
	size_t total;
	size_t matrices;              /* elements of 2-D weights: the first */
	size_t embedding;             /* (V, C) */
	size_t norm;                  /* (C) */
	size_t head;                  /* (V, C), the embedding's when tied; of
				       * a value model (1, C) */
	size_t head_bias;             /* (1), or SIZE_MAX */
	struct layer_offsets *layers; /* one a layer */
};

/*
 * parameters_layout(p, c):
 * Lay out the parameters of a model with configuration ${c}.  Returns 0, or -1
 * when memory ran out.  Free with parameters_free.
 */
int parameters_layout(struct parameters *p, const struct config *c);

void parameters_free(struct parameters *p);

#endif
