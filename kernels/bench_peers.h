#ifndef KERNELS_BENCH_PEERS_H
#define KERNELS_BENCH_PEERS_H

/*
 * Matrix products by oneDNN (Debian: libdnnl-dev) and OpenBLAS
 * (libopenblas0), for benches to compare with.  Both are loaded at run time
 * where they are installed, and nothing needs them; oneDNN's header has to be
 * there when the bench is compiled.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

#include "kernels/kernels.h"

#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#if DNNL_VERSION_MAJOR == 2
#define HAS_DNNL 1
#endif
#endif

/* cblas_sgemm; OpenBLAS's cblas_sbgemm differs in the types of A and B. */
typedef void peer_gemm(int order, int ta, int tb, int M, int N, int K,
    float alpha, const void *a, int lda, const void *b, int ldb, float beta,
    float *c, int ldc);

struct peers {
	peer_gemm *sgemm, *sbgemm; /* NULL: not here */
	void *dnnl;
};

static inline struct peers
peers_open(int threads)
{
	void *blas = dlopen("libopenblas.so.0", RTLD_NOW);
	struct peers p = {.dnnl = dlopen("libdnnl.so.2", RTLD_NOW)};

	if (blas != NULL) {
		void (*set)(int) = dlsym(blas, "openblas_set_num_threads");

		p.sgemm = dlsym(blas, "cblas_sgemm");
		p.sbgemm = dlsym(blas, "cblas_sbgemm");
		if (set != NULL)
			set(threads);
	}
	return p;
}

/* out (M, N) = in (M, K) · Wᵀ, W (N, K), by OpenBLAS. */
static inline int
peers_openblas(const struct peers *p, float *out, const void *in,
    const void *weight, enum dtype type, size_t M, size_t N, size_t K)
{
	enum { ROWS = 101, PLAIN = 111, TRANSPOSED = 112 };
	peer_gemm *gemm = type == DTYPE_F32 ? p->sgemm : p->sbgemm;

	if (gemm == NULL)
		return -1;
	gemm(ROWS, PLAIN, TRANSPOSED, (int)M, (int)N, (int)K, 1, in, (int)K,
	    weight, (int)K, 0, out, (int)N);
	return 0;
}

/* The same by oneDNN, with the weight in the layout that it likes best. */
struct peer_product {
#ifdef HAS_DNNL
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t args[3];
#endif
	const struct peers *peers;
};

#ifdef HAS_DNNL
/* The library's function `name`, by its declaration. */
#define DNNL(p, name) \
	((__typeof__(name) *)dlsym((p)->peers->dnnl, #name))

static inline dnnl_memory_t
peer_memory(struct peer_product *p, const dnnl_memory_desc_t *md,
    const void *data)
{
	dnnl_memory_t m = NULL;

	if (DNNL(p, dnnl_memory_create)(&m, md, p->engine, (void *)data) !=
	    dnnl_success)
		abort();
	return m;
}

static inline dnnl_memory_desc_t
peer_matrix(struct peer_product *p, size_t rows, size_t columns, int bf16,
    dnnl_format_tag_t tag)
{
	dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
	dnnl_memory_desc_t md;

	if (DNNL(p, dnnl_memory_desc_init_by_tag)(&md, 2, dims,
		bf16 ? dnnl_bf16 : dnnl_f32, tag) != dnnl_success)
		abort();
	return md;
}

/* The weight, reordered once from rows of W into ${liked}. */
static inline dnnl_memory_t
peer_weight(struct peer_product *p, const dnnl_memory_desc_t *given,
    const dnnl_memory_desc_t *liked, const void *weight)
{
	dnnl_memory_t from = peer_memory(p, given, weight);
	dnnl_memory_t to = peer_memory(p, liked, DNNL_MEMORY_ALLOCATE);
	dnnl_exec_arg_t args[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t reorder;

	if (DNNL(p, dnnl_reorder_primitive_desc_create)(&pd, given, p->engine,
		liked, p->engine, NULL) != dnnl_success ||
	    DNNL(p, dnnl_primitive_create)(&reorder, pd) != dnnl_success ||
	    DNNL(p, dnnl_primitive_execute)(
		reorder, p->stream, 2, args) != dnnl_success)
		abort();
	DNNL(p, dnnl_stream_wait)(p->stream);
	DNNL(p, dnnl_primitive_destroy)(reorder);
	DNNL(p, dnnl_primitive_desc_destroy)(pd);
	DNNL(p, dnnl_memory_destroy)(from);
	return to;
}

/* -1: not here. */
static inline int
peer_product_open(struct peer_product *p, const struct peers *peers,
    float *out, const void *in, const void *weight, enum dtype type, size_t M,
    size_t N, size_t K)
{
	int bf16 = type == DTYPE_BF16;
	dnnl_memory_desc_t a, any, b, c;
	dnnl_matmul_desc_t desc;
	dnnl_primitive_desc_t pd;

	p->peers = peers;
	if (peers->dnnl == NULL ||
	    DNNL(p, dnnl_engine_create)(&p->engine, dnnl_cpu, 0) !=
		dnnl_success ||
	    DNNL(p, dnnl_stream_create)(&p->stream, p->engine,
		dnnl_stream_default_flags) != dnnl_success)
		return -1;
	a = peer_matrix(p, M, K, bf16, dnnl_ab);
	any = peer_matrix(p, K, N, bf16, dnnl_format_tag_any);
	b = peer_matrix(p, K, N, bf16, dnnl_ba);
	c = peer_matrix(p, M, N, 0, dnnl_ab);
	if (DNNL(p, dnnl_matmul_desc_init)(&desc, &a, &any, NULL, &c) !=
		dnnl_success ||
	    DNNL(p, dnnl_primitive_desc_create)(
		&pd, &desc, NULL, p->engine, NULL) != dnnl_success ||
	    DNNL(p, dnnl_primitive_create)(&p->primitive, pd) != dnnl_success)
		return -1;
	p->args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, peer_memory(p, &a, in)};
	p->args[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS,
	    peer_weight(p, &b, DNNL(p, dnnl_primitive_desc_query_md)(pd,
		dnnl_query_weights_md, 0), weight)};
	p->args[2] = (dnnl_exec_arg_t){DNNL_ARG_DST, peer_memory(p, &c, out)};
	DNNL(p, dnnl_primitive_desc_destroy)(pd);
	return 0;
}

static inline void
peer_product_run(struct peer_product *p)
{
	DNNL(p, dnnl_primitive_execute)(p->primitive, p->stream, 3, p->args);
	DNNL(p, dnnl_stream_wait)(p->stream);
}

static inline void
peer_product_close(struct peer_product *p)
{
	for (int i = 0; i < 3; i++)
		DNNL(p, dnnl_memory_destroy)(p->args[i].memory);
	DNNL(p, dnnl_primitive_destroy)(p->primitive);
	DNNL(p, dnnl_stream_destroy)(p->stream);
	DNNL(p, dnnl_engine_destroy)(p->engine);
}
#else
static inline int
peer_product_open(struct peer_product *p, const struct peers *peers,
    float *out, const void *in, const void *weight, enum dtype type, size_t M,
    size_t N, size_t K)
{
	(void)p, (void)peers, (void)out, (void)in, (void)weight, (void)type;
	(void)M, (void)N, (void)K;
	return -1;
}

static inline void
peer_product_run(struct peer_product *p)
{
	(void)p;
}

static inline void
peer_product_close(struct peer_product *p)
{
	(void)p;
}
#endif
#endif
