#ifndef MODEL_TOY_TEST_H
#define MODEL_TOY_TEST_H

#include <math.h>
#include <stdlib.h>

#include "lib/model/trainer.h"

/* A small random model for tests of what surrounds it. */

static const struct architecture toy_arch = {.model_type = "toy",
    .qkv_bias = 1, .qk_norm = 1};

static inline struct config
toy_config(void)
{
	return (struct config){.arch = &toy_arch, .hidden = 32, .layers = 2,
	    .heads = 4, .kv_heads = 2, .head_dim = 8, .intermediate = 48,
	    .vocab = 67, .max_positions = 512, .rms_eps = 1e-6,
	    .rope_theta = 10000, .tied = 1, .stop_tokens = {3},
	    .stop_count = 1};
}

/* With the sizes that a GPU has its own kernels for. */
static inline struct config
toy_wide(void)
{
	struct config c = toy_config();

	c.hidden = c.head_dim = c.intermediate = 64;
	c.heads = 3;
	c.kv_heads = 1;
	return c;
}

/* Values in (-scale, scale), around 1 for vectors; a function of the seed. */
static inline float *
toy_arena(const struct config *c, uint64_t seed, size_t *total)
{
	struct parameters p;
	float *a;

	*total = 0;

	if (parameters_layout(&p, c))
		return NULL;
	*total = p.total;
	a = malloc(p.total * sizeof(*a));
	for (size_t i = 0; a != NULL && i < p.count; i++)
		for (size_t j = 0; j < p.list[i].count; j++) {
			struct draw d = {seed, j, (uint32_t)i, 0};
			double u = 2 * philox_uniform(&d) - 1;

			a[p.list[i].offset + j] = (float)(p.list[i].cols ?
			    0.6 * u : 1 + 0.3 * u);
		}
	parameters_free(&p);
	return a;
}

static inline struct model *
toy_model_of(struct kernels *k, const struct config *c, enum dtype type,
    int trained, struct error *err)
{
	size_t total;
	float *a = toy_arena(c, 1, &total);
	struct model *m = model_new(k, c, type, 256, trained, err);

	if (m != NULL && a != NULL) {
		void *device = k->alloc(k, total * sizeof(*a));

		k->upload(k, device, a, total * sizeof(*a));
		model_set(m, device);
		k->free(k, device);
	}
	free(a);
	return m;
}

/* The same model's weights to a trainer, which has been reserved. */
static inline void
toy_load(struct trainer *t)
{
	size_t total;
	float *a = toy_arena(&t->model->config, 1, &total);

	trainer_put(t, t->master, a, total);
	model_set(t->model, t->master);
	free(a);
}

static inline struct model *
toy_model(struct kernels *k, enum dtype type, int trained, struct error *err)
{
	struct config c = toy_config();

	return toy_model_of(k, &c, type, trained, err);
}

#endif
