/*
 * Speed of the matrix products: a line a shape with the best of several runs.
 *   matmul_bench [M ...]     EMPG_ISA and OMP_NUM_THREADS as usual
 * GB/s counts the packed weight once; it is what bounds few rows.
 */
#include "kernels/kernels.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#define SECONDS 0.15 /* spent on a figure */

struct shape {
	size_t N, K;
};

/* The projections of SmolLM2-135M and of small models. */
static const struct shape shapes[] = {{960, 576}, {576, 576}, {3072, 576},
    {576, 1536}, {49152, 576}, {128, 128}, {192, 128}, {256, 128}, {128, 256},
    {512, 192}, {512, 512}};

struct run {
	struct kernels *k;
	enum dtype type;
	size_t M, N, K;
	void *in, *weight, *packed, *out, *dweight;
};

static void
forward(struct run *r)
{
	r->k->matmul(r->k, r->out, DTYPE_F32, r->in, r->packed, NULL, NULL,
	    r->type, r->M, r->N, r->K);
}

static void
backward_weight(struct run *r)
{
	r->k->matmul_backward_weight(
	    r->k, r->dweight, r->out, r->in, r->type, r->M, r->N, r->K);
}

static void
pack(struct run *r)
{
	r->k->pack(r->k, r->packed, r->type, r->N, r->K, 0, r->N, r->weight,
	    DTYPE_F32);
}

static void
pack_transposed(struct run *r)
{
	r->k->pack_transposed(r->k, r->packed, r->type, r->N, r->K, 0, r->N,
	    r->weight, DTYPE_F32);
}

static double
best(struct run *r, void (*f)(struct run *))
{
	double start = omp_get_wtime(), now = start, least = 1e9;

	f(r);
	for (int i = 0; i < 3 || now - start < SECONDS; i++) {
		double before = omp_get_wtime();

		f(r);
		now = omp_get_wtime();
		least = now - before < least ? now - before : least;
	}
	return least;
}

static void
line(struct run *r)
{
	double flops = 2.0 * r->M * r->N * r->K, seconds = best(r, forward);
	double bytes = r->k->packed_bytes(r->type, r->N, r->K);

	printf("%s %5zu %5zu %5zu  %9.1f us %7.1f GFLOP/s %6.1f GB/s",
	    r->type == DTYPE_BF16 ? "bf16" : "f32 ", r->M, r->N, r->K,
	    seconds * 1e6, flops / seconds / 1e9, bytes / seconds / 1e9);
	if (r->M >= 64)
		printf("  dW %7.1f GFLOP/s",
		    flops / best(r, backward_weight) / 1e9);
	printf("\n");
}

static void
pack_line(struct run *r)
{
	double bytes = r->N * r->K * 4.0;

	printf("%s pack  %5zu %5zu  %6.1f GB/s, transposed %6.1f GB/s\n",
	    r->type == DTYPE_BF16 ? "bf16" : "f32 ", r->N, r->K,
	    bytes / best(r, pack) / 1e9,
	    bytes / best(r, pack_transposed) / 1e9);
}

/* Numbers from -1 to 1 that are no special case. */
static void
fill(void *p, enum dtype type, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t random = (uint32_t)(i * 2654435761u);

		if (type == DTYPE_BF16)
			((uint16_t *)p)[i] =
			    (uint16_t)(0x3F00 | (random >> 16 & 0x807F));
		else
			((float *)p)[i] = random / 2147483648.0f - 1;
	}
}

static void
measure(struct run *r, const size_t *Ms, size_t count)
{
	size_t N = (r->N + 63) / 64 * 64, K = (r->K + 63) / 64 * 64, most = 1;
	struct kernels *k = r->k;

	for (size_t i = 0; i < count; i++)
		most = Ms[i] > most ? Ms[i] : most;
	r->in = k->alloc(k, most * K * 4);
	r->out = k->alloc(k, most * N * 4);
	r->weight = k->alloc(k, N * K * 4);
	r->dweight = k->alloc(k, N * K * 4);
	r->packed = k->alloc(k, N * K * 4);
	if (r->in == NULL || r->out == NULL || r->weight == NULL ||
	    r->dweight == NULL || r->packed == NULL) {
		fputs("matmul_bench: out of memory\n", stderr);
		exit(70);
	}
	fill(r->in, r->type, most * K);
	fill(r->out, r->type, most * N);
	fill(r->weight, DTYPE_F32, N * K);
	for (size_t i = 0; i < count; i++) {
		r->M = Ms[i];
		pack(r);
		line(r);
	}
	pack_line(r);
	k->free(k, r->in);
	k->free(k, r->out);
	k->free(k, r->weight);
	k->free(k, r->dweight);
	k->free(k, r->packed);
}

int
main(int argc, char **argv)
{
	size_t Ms[16] = {1, 8, 32, 64, 512, 4096}, count = 6;
	const char *threads = getenv("OMP_NUM_THREADS");
	struct run r = {.k = kernels_cpu(threads == NULL ? 0 : atoi(threads))};

	if (r.k == NULL) {
		fputs("matmul_bench: no such instructions here\n", stderr);
		return 69;
	}
	for (int i = 1; i < argc && i <= 16; i++)
		Ms[(count = i) - 1] = strtoul(argv[i], NULL, 10);
	printf("%s, %d threads\ntype     M     N     K\n", r.k->name,
	    r.k->threads);
	for (int t = 0; t < 2; t++)
		for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
			r.type = t == 0 ? DTYPE_BF16 : DTYPE_F32;
			r.N = shapes[i].N;
			r.K = shapes[i].K;
			measure(&r, Ms, count);
		}
	r.k->close(r.k);
	return 0;
}
