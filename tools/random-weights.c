/*
 * random-weights DIR: write DIR/model.safetensors, random weights of the shape
 * and type that DIR/config.json has, for benches: as wide as fresh ones are,
 * but made at the disk's speed.  No options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/safetensors.h"
#include "lib/model/parameters.h"

#define BLOCK 65536
#define WIDTH 0.035f /* uniform: a standard deviation of 0.02 */

/* Matrices are of no meaning, norms 1, biases 0. */
static void
fill(float *block, const struct parameter *q, uint64_t *state)
{
	size_t n = strlen(q->name);
	int bias = n > 4 && strcmp(q->name + n - 4, "bias") == 0;

	for (size_t i = 0; i < BLOCK; i++) {
		*state = *state * 6364136223846793005u + 1442695040888963407u;
		block[i] = q->cols == 0 ? !bias :
		    WIDTH * (float)(int32_t)(*state >> 32) / 2147483648.0f;
	}
}

static int
write_all(struct safetensors_writer *w, const struct parameters *p,
    float *block, struct error *err)
{
	uint64_t state = 1;

	for (size_t i = 0; i < p->count; i++)
		for (size_t at = 0, n; at < p->list[i].count; at += n) {
			n = p->list[i].count - at;
			n = n < BLOCK ? n : BLOCK;
			fill(block, &p->list[i], &state);
			if (safetensors_write(w, block, n, err))
				return -1;
		}
	return 0;
}

static int
make(const char *dir, struct error *err)
{
	struct config c;
	struct parameters p = {0};
	struct tensor *tensors = NULL;
	struct safetensors_writer *w = NULL;
	float *block = malloc(BLOCK * sizeof(*block));
	char path[4096];
	int r = -1;

	snprintf(path, sizeof(path), "%s/model.safetensors", dir);
	if (config_read(&c, dir, err))
		goto out;
	error_set(err, STATUS_TEMPFAIL, "no memory");
	if (parameters_layout(&p, &c) != 0 || block == NULL)
		goto out;
	tensors = calloc(p.count, sizeof(*tensors));
	if (tensors == NULL)
		goto out;
	for (size_t i = 0; i < p.count; i++)
		tensors[i] = (struct tensor){.name = p.list[i].name,
		    .type = c.bf16 ? TENSOR_BF16 : TENSOR_F32,
		    .dims = p.list[i].cols ? 2 : 1,
		    .shape = {p.list[i].rows, p.list[i].cols},
		    .count = p.list[i].count};
	w = safetensors_create(path, tensors, p.count, err);
	if (w == NULL || write_all(w, &p, block, err))
		goto out;
	r = safetensors_finish(w, err);
	w = NULL;
out:
	safetensors_abandon(w);
	parameters_free(&p);
	free(tensors);
	free(block);
	return r;
}

int
main(int argc, char **argv)
{
	struct error err = {0};

	if (argc != 2) {
		fputs("usage: random-weights DIR\n", stderr);
		return 64;
	}
	if (make(argv[1], &err) == 0)
		return 0;
	fprintf(stderr, "random-weights: %s\n", err.text);
	return (int)err.status;
}
