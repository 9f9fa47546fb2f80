/*
 * gradient-cosine DIR NAME...: what empg-update --gradients wrote as
 * DIR/NAME.safetensors, one against another.  A JSON line for each NAME: its
 * norm, and its cosines in the order of the NAMEs, null where a norm is 0.
 * No options; pipelines/gradient-compare has the table.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/io/safetensors.h"

#define BLOCK 4096 /* elements of each file at a time */

struct gradients {
	size_t n;
	char **names;
	struct safetensors **files; /* (n) */
	float *block;               /* (n, BLOCK) */
	double *products;           /* (n, n) */
};

static int
add_block(struct gradients *g, const struct tensor *const *tensors,
    size_t first, size_t count)
{
	for (size_t i = 0; i < g->n; i++)
		tensor_to_f32(g->block + i * BLOCK, tensors[i], first, count);
	for (size_t i = 0; i < g->n; i++)
		for (size_t j = 0; j <= i; j++) {
			const float *a = g->block + i * BLOCK;
			const float *b = g->block + j * BLOCK;
			double sum = 0;

			for (size_t x = 0; x < count; x++)
				sum += (double)a[x] * b[x];
			g->products[i * g->n + j] += sum;
			if (j < i)
				g->products[j * g->n + i] += sum;
		}
	return 0;
}

/* One weight's gradients in all files. */
static int
add_tensor(struct gradients *g, const struct tensor **tensors,
    const struct tensor *t, struct error *err)
{
	for (size_t i = 0; i < g->n; i++) {
		tensors[i] = safetensors_find(g->files[i], t->name);
		if (tensors[i] == NULL || tensors[i]->count != t->count)
			return error_set(err, STATUS_DATA, "%s: %s is missing "
			    "or of another size", g->names[i], t->name);
	}
	for (size_t at = 0; at < t->count; at += BLOCK)
		add_block(g, tensors, at, t->count - at < BLOCK ?
		    t->count - at : BLOCK);
	return 0;
}

static int
add_all(struct gradients *g, struct error *err)
{
	const struct tensor **tensors = calloc(g->n, sizeof(*tensors));
	int r = tensors == NULL ?
	    error_set(err, STATUS_TEMPFAIL, "no memory") : 0;

	for (size_t i = 0; r == 0 && i < safetensors_count(g->files[0]); i++)
		r = add_tensor(g, tensors, safetensors_at(g->files[0], i),
		    err);
	free(tensors);
	return r;
}

static int
open_all(struct gradients *g, const char *dir, struct error *err)
{
	g->files = calloc(g->n, sizeof(*g->files));
	g->block = calloc(g->n * BLOCK, sizeof(*g->block));
	g->products = calloc(g->n * g->n, sizeof(*g->products));
	if (g->files == NULL || g->block == NULL || g->products == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	for (size_t i = 0; i < g->n; i++) {
		g->files[i] = safetensors_open(dir, g->names[i], err);
		if (g->files[i] == NULL)
			return -1;
		if (safetensors_count(g->files[i]) !=
		    safetensors_count(g->files[0]))
			return error_set(err, STATUS_DATA, "%s and %s are of "
			    "different models", g->names[0], g->names[i]);
	}
	return 0;
}

static void
print(const struct gradients *g)
{
	for (size_t i = 0; i < g->n; i++) {
		double norm = sqrt(g->products[i * g->n + i]);

		printf("{\"name\":\"%s\",\"norm\":%.9g,\"cosines\":[",
		    g->names[i], norm);
		for (size_t j = 0; j < g->n; j++) {
			double both = norm *
			    sqrt(g->products[j * g->n + j]);
			double p = g->products[i * g->n + j];

			printf(both > 0 ? "%s%.9g" : "%snull",
			    j > 0 ? "," : "", p / both);
		}
		puts("]}");
	}
}

int
main(int argc, char **argv)
{
	struct gradients g = {.n = argc > 2 ? (size_t)argc - 2 : 0,
	    .names = argv + 2};
	struct error err = {0};
	int r;

	if (g.n == 0) {
		fputs("usage: gradient-cosine DIR NAME...\n", stderr);
		return STATUS_USAGE;
	}
	r = open_all(&g, argv[1], &err) || add_all(&g, &err);
	if (r == 0)
		print(&g);
	else
		fprintf(stderr, "gradient-cosine: %s\n", err.text);
	for (size_t i = 0; g.files != NULL && i < g.n; i++)
		safetensors_close(g.files[i]);
	free(g.files);
	free(g.block);
	free(g.products);
	return r == 0 ? 0 : (int)err.status;
}
