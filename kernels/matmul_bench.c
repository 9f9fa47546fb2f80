/*
 * Speed of the matrix products: a JSON object a line with the best of several
 * runs, beside that of oneDNN and OpenBLAS where they are installed.
 *   matmul_bench [M ...]     EMPG_ISA and OMP_NUM_THREADS as usual
 * gbs counts the packed weight once, which bounds few rows; for packing, the
 * weight that is read.  onednn_row_as_alone: whether the first row has the
 * bits that it has when M is 1.
 */
#include "kernels/bench_peers.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>

#define SECONDS 0.1 /* spent on a figure */

struct shape {
	size_t N, K;
};

/* Projections of SmolLM2-135M, Qwen2.5-0.5B, a large and a tiny model. */
static const struct shape shapes[] = {{960, 576}, {576, 576}, {3072, 576},
    {576, 1536}, {49152, 576}, {1152, 896}, {9728, 896}, {896, 4864},
    {4096, 4096}, {128, 128}, {256, 128}, {768, 128}, {128, 384}};

struct run {
	struct kernels *k;
	enum dtype type;
	size_t M, N, K;
	void *in, *weight, *packed, *out, *dweight;
	struct peers peers;
	struct peer_product peer;
	float *row; /* oneDNN's first one, of M = 1 */
	int has_row;
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
	    r->type);
}

static void
pack_transposed(struct run *r)
{
	r->k->pack_transposed(r->k, r->packed, r->type, r->N, r->K, 0, r->N,
	    r->weight, DTYPE_F32);
}

static void
onednn(struct run *r)
{
	peer_product_run(&r->peer);
}

static void
openblas(struct run *r)
{
	peers_openblas(&r->peers, r->out, r->in, r->weight, r->type, r->M,
	    r->N, r->K);
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
head(const struct run *r, const char *op)
{
	printf("{\"bench\":\"matmul\",\"op\":\"%s\",\"device\":\"%s\","
	    "\"threads\":%d,\"type\":\"%s\",\"M\":%zu,\"N\":%zu,\"K\":%zu", op,
	    r->k->name, r->k->threads, r->type == DTYPE_BF16 ? "bf16" : "f32",
	    r->M, r->N, r->K);
}

/* A library's figures; oneDNN's are null where it isn't here. */
static void
peer_fields(struct run *r, double flops)
{
	size_t row = r->N * sizeof(float);
	int is_f32 = r->type == DTYPE_F32;

	if (peer_product_open(&r->peer, &r->peers, r->out, r->in, r->weight,
		r->type, r->M, r->N, r->K) == 0) {
		printf(",\"onednn_gflops\":%.1f", flops / best(r, onednn));
		if (r->M == 1)
			memcpy(r->row, r->out, row);
		printf(",\"onednn_row_as_alone\":%s", !r->has_row && r->M > 1
		    ? "null" : memcmp(r->row, r->out, row) == 0 ? "true"
		    : "false");
		r->has_row |= r->M == 1;
		peer_product_close(&r->peer);
	} else
		printf(",\"onednn_gflops\":null,"
		    "\"onednn_row_as_alone\":null");
	if ((is_f32 ? r->peers.sgemm : r->peers.sbgemm) != NULL)
		printf(",\"openblas_gflops\":%.1f", flops / best(r, openblas));
	else
		printf(",\"openblas_gflops\":null");
}

static void
figures(struct run *r, const char *op, void (*f)(struct run *),
    double bytes, int peers)
{
	double flops = 2e-9 * (double)r->M * (double)r->N * (double)r->K;
	double seconds = best(r, f);

	head(r, op);
	printf(",\"us\":%.1f,\"gflops\":%.1f,\"gbs\":%.1f", seconds * 1e6,
	    flops / seconds, bytes / seconds / 1e9);
	if (peers)
		peer_fields(r, flops);
	printf("}\n");
	fflush(stdout);
}

static void
pack_figures(struct run *r, const char *op, void (*f)(struct run *))
{
	double seconds = best(r, f);

	head(r, op);
	printf(",\"us\":%.1f,\"gbs\":%.1f}\n", seconds * 1e6,
	    (double)(r->N * r->K) * (r->type == DTYPE_BF16 ? 2 : 4) / seconds /
	    1e9);
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
	r->row = k->alloc(k, N * 4);
	r->has_row = 0;
	if (r->row == NULL || r->in == NULL || r->out == NULL ||
	    r->weight == NULL ||
	    r->dweight == NULL || r->packed == NULL) {
		fputs("matmul_bench: out of memory\n", stderr);
		exit(70);
	}
	fill(r->in, r->type, most * K);
	fill(r->out, r->type, most * N);
	fill(r->weight, r->type, N * K);
	for (size_t i = 0; i < count; i++) {
		r->M = Ms[i];
		pack(r);
		figures(r, "matmul", forward, (double)k->packed_bytes(r->type,
		    r->N, r->K), 1);
		if (r->M >= 64)
			figures(r, "matmul_backward_weight", backward_weight,
			    (double)(r->N * r->K) * 4, 0);
	}
	pack_figures(r, "pack", pack);
	pack_figures(r, "pack_transposed", pack_transposed);
	k->free(k, r->row);
	k->free(k, r->in);
	k->free(k, r->out);
	k->free(k, r->weight);
	k->free(k, r->dweight);
	k->free(k, r->packed);
}

int
main(int argc, char **argv)
{
	size_t Ms[16] = {1, 8, 32, 128, 512, 4096}, count = 6;
	const char *threads = getenv("OMP_NUM_THREADS");
	struct run r = {.k = kernels_cpu(threads == NULL ? 0 : atoi(threads))};

	if (r.k == NULL) {
		fputs("matmul_bench: no such instructions here\n", stderr);
		return 69;
	}
	for (int i = 1; i < argc && i <= 16; i++)
		Ms[(count = i) - 1] = strtoul(argv[i], NULL, 10);
	r.peers = peers_open(r.k->threads);
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
