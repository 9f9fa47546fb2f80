/* Where a trainer's fp32 masters and moments come from. */
#include "lib/model/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INIT_STD 0.02
#define BLOCK 65536 /* values converted at a time */

/* By way of a small buffer, what the device can't read as it lies. */
static int
fill_blocks(struct trainer *t, float *out, const struct tensor *tensor,
    struct error *err)
{
	float *block = malloc(BLOCK * sizeof(*block));
	size_t n;

	if (block == NULL)
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory to read %s", tensor->name);
	for (size_t i = 0; i < tensor->count; i += n) {
		n = tensor->count - i < BLOCK ? tensor->count - i : BLOCK;
		tensor_to_f32(block, tensor, i, n);
		trainer_put(t, out + i, block, n);
	}
	free(block);
	return 0;
}

/*
 * One tensor into an arena at a parameter's place.  Read once, the file's pages
 * only take memory.
 */
static int
fill(struct trainer *t, float *arena, const struct parameter *q,
    const struct tensor *tensor, struct error *err)
{
	struct kernels *k = t->model->kernels;
	float *out = arena + q->offset;
	int r = 0;

	if (t->host != NULL)
		tensor_to_f32(out, tensor, 0, q->count);
	else if (tensor_aligned(tensor))
		k->convert(k, out, DTYPE_F32, tensor->data,
		    tensor->type == TENSOR_F32 ? DTYPE_F32 : DTYPE_BF16,
		    q->count);
	else
		r = fill_blocks(t, out, tensor, err);
	safetensors_drop(tensor);
	return r;
}

int
trainer_load(struct trainer *t, const struct safetensors *weights,
    struct error *err)
{
	const struct parameters *p = &t->model->parameters;

	for (size_t i = 0; i < p->count; i++) {
		const struct tensor *tensor =
		    safetensors_find(weights, p->list[i].name);

		if (tensor != NULL &&
		    fill(t, t->master, &p->list[i], tensor, err))
			return -1;
	}
	model_set(t->model, t->master);
	return 0;
}

static int
load_arena(struct trainer *t, float *arena, const char *prefix,
    const struct safetensors *state, struct error *err)
{
	const struct parameters *p = &t->model->parameters;

	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		const struct tensor *tensor;
		char name[128];

		snprintf(name, sizeof(name), "%s.%s", prefix, q->name);
		tensor = safetensors_find(state, name);
		if (tensor == NULL || tensor->type != TENSOR_F32 ||
		    tensor->count != q->count)
			return error_set(err, STATUS_DATA, "tensor %s is "
			    "missing, or not F32 of the model's shape", name);
		if (fill(t, arena, q, tensor, err))
			return -1;
	}
	return 0;
}

int
trainer_load_state(struct trainer *t, const struct safetensors *state,
    uint64_t step, struct error *err)
{
	if (load_arena(t, t->master, "master", state, err) ||
	    load_arena(t, t->m, "exp_avg", state, err) ||
	    load_arena(t, t->v, "exp_avg_sq", state, err))
		return -1;
	t->fresh = 0;
	t->step = step;
	model_set(t->model, t->master);
	return 0;
}

/* Box-Muller on the generator's numbers for one parameter's element. */
static double
normal(uint64_t seed, size_t parameter, size_t element)
{
	struct draw a = {seed, element, (uint32_t)parameter, 0};
	struct draw b = {seed, element, (uint32_t)parameter, 1};

	return sqrt(-2 * log(1 - philox_uniform(&a))) *
	    cos(6.283185307179586 * philox_uniform(&b));
}

static int
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

int
trainer_init(struct trainer *t, uint64_t seed, struct error *err)
{
	const struct parameters *p = &t->model->parameters;
	double residual =
	    INIT_STD / sqrt(2 * (double)t->model->config.layers);

	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		int into = ends_with(q->name, "o_proj.weight") ||
		    ends_with(q->name, "down_proj.weight");
		float *x = malloc(q->count * sizeof(*x));

		if (x == NULL)
			return error_set(err, STATUS_TEMPFAIL,
			    "no memory to initialise %s", q->name);
		for (size_t j = 0; j < q->count; j++)
			x[j] = q->cols == 0 ?
			    (ends_with(q->name, "bias") ? 0 : 1) :
			    (float)(normal(seed, i, j) *
			    (into ? residual : INIT_STD));
		trainer_put(t, t->master + q->offset, x, q->count);
		free(x);
	}
	model_set(t->model, t->master);
	return 0;
}
