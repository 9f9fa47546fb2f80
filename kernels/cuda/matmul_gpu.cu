/*
 * Matrix products through cublasLt.  One algorithm without split sums serves a
 * shape (N, K) with any number of rows, so that a row's bits do not depend on
 * the others; the library does not promise that, so it is tried.  It is the
 * best for ROWS rows, and a poor one for a handful: its large tiles leave most
 * of the device idle.  Those are matmul_few.cu's.
 */
#include <stdint.h>
#include <string.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/few.h"
#include "kernels/cuda/gpu.cuh"

/* For which the algorithm should be good: sequences, or a micro-batch. */
#define ROWS 512
#define ROWS_BACKWARD 4096
#define CHOICES 32
#define TRIED 257 /* rows, whose first ones come alone too */

/* The library takes a bias to be aligned as the pointer that it sees. */
#define ANY_BIAS ((const float *)FEW_ALIGN)

/* Numbers of rows with which an algorithm must work. */
static const size_t rows[] = {1, 2, 3, 8, 17, 64, 512, 1023, 4096, 8192};

/* The library's view: columns first, so D (m, n) = op(A) (m, k) · op(B). */
struct problem {
	cublasLtMatmulDesc_t what;
	cublasLtMatrixLayout_t a, b, d;
};

static cudaDataType_t
data_type(enum dtype type)
{
	return type == DTYPE_BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

static void
operands(struct problem *p, cublasOperation_t a, cublasOperation_t b)
{
	RUNTIME(cublasLtMatmulDescSetAttribute(p->what,
	    CUBLASLT_MATMUL_DESC_TRANSA, &a, sizeof(a)));
	RUNTIME(cublasLtMatmulDescSetAttribute(p->what,
	    CUBLASLT_MATMUL_DESC_TRANSB, &b, sizeof(b)));
}

/* Rows and columns of a, b and d, without gaps. */
static void
layouts(struct problem *p, cudaDataType_t in, cudaDataType_t out,
    const size_t (&n)[6])
{
	RUNTIME(cublasLtMatrixLayoutCreate(&p->a, in, n[0], n[1],
	    (int64_t)n[0]));
	RUNTIME(cublasLtMatrixLayoutCreate(&p->b, in, n[2], n[3],
	    (int64_t)n[2]));
	RUNTIME(cublasLtMatrixLayoutCreate(&p->d, out, n[4], n[5],
	    (int64_t)n[4]));
}

/* M rows of the shape's product. */
static void
problem_begin(struct problem *p, const struct gpu_shape *shape,
    const float *bias, size_t M)
{
	cublasLtEpilogue_t epilogue = shape->bias ? CUBLASLT_EPILOGUE_BIAS :
	    CUBLASLT_EPILOGUE_DEFAULT;
	cudaDataType_t in = data_type(shape->type);
	cudaDataType_t out = data_type(shape->out_type);
	size_t N = shape->N, K = shape->K;

	RUNTIME(cublasLtMatmulDescCreate(&p->what, CUBLAS_COMPUTE_32F,
	    CUDA_R_32F));
	RUNTIME(cublasLtMatmulDescSetAttribute(p->what,
	    CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof(epilogue)));
	if (shape->bias)
		RUNTIME(cublasLtMatmulDescSetAttribute(p->what,
		    CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof(bias)));
	switch (shape->product) {
	case GPU_FORWARD:
		operands(p, CUBLAS_OP_T, CUBLAS_OP_N);
		layouts(p, in, out, {K, N, K, M, N, M});
		break;
	case GPU_INPUT:
		operands(p, CUBLAS_OP_N, CUBLAS_OP_N);
		layouts(p, in, out, {K, N, N, M, K, M});
		break;
	case GPU_WEIGHT:
		operands(p, CUBLAS_OP_N, CUBLAS_OP_T);
		layouts(p, in, out, {K, M, N, M, K, N});
		break;
	}
}

static void
problem_end(struct problem *p)
{
	cublasLtMatmulDescDestroy(p->what);
	cublasLtMatrixLayoutDestroy(p->a);
	cublasLtMatrixLayoutDestroy(p->b);
	cublasLtMatrixLayoutDestroy(p->d);
}

static void
set(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t what,
    uint64_t value, size_t bytes)
{
	RUNTIME(cublasLtMatmulPreferenceSetAttribute(p, what, &value, bytes));
}

/* The library's choices, best first; how many. */
static int
ask(struct gpu *g, cublasLtMatmulHeuristicResult_t *found,
    const struct gpu_shape *shape)
{
	cublasLtMatmulPreference_t p;
	struct problem problem;
	int n = 0;

	problem_begin(&problem, shape, ANY_BIAS,
	    shape->product == GPU_FORWARD ? ROWS : ROWS_BACKWARD);
	RUNTIME(cublasLtMatmulPreferenceCreate(&p));
	set(p, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, GPU_WORKSPACE, 8);
	set(p, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
	    CUBLASLT_REDUCTION_SCHEME_NONE, 4);
	set(p, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, FEW_ALIGN, 4);
	set(p, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, FEW_ALIGN, 4);
	set(p, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, FEW_ALIGN, 4);
	set(p, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, FEW_ALIGN, 4);
	if (cublasLtMatmulAlgoGetHeuristic(g->lt, problem.what, problem.a,
	    problem.b, problem.d, problem.d, p, CHOICES, found, &n) !=
	    CUBLAS_STATUS_SUCCESS)
		n = 0;
	cublasLtMatmulPreferenceDestroy(p);
	problem_end(&problem);
	return n;
}

static int
works(struct gpu *g, const struct gpu_shape *shape,
    const cublasLtMatmulAlgo_t *algo, size_t M)
{
	cublasLtMatmulHeuristicResult_t result;
	struct problem p;
	int good;

	problem_begin(&p, shape, ANY_BIAS, M);
	good = cublasLtMatmulAlgoCheck(g->lt, p.what, p.a, p.b, p.d, p.d, algo,
	    &result) == CUBLAS_STATUS_SUCCESS &&
	    result.workspaceSize <= GPU_WORKSPACE;
	problem_end(&p);
	return good;
}

/* Sums in one piece, and an addend elsewhere than the result. */
static int
suits(const cublasLtMatmulAlgo_t *algo)
{
	int32_t pieces = 1, elsewhere = 1;

	/* What does not say is tried. */
	(void)cublasLtMatmulAlgoConfigGetAttribute(algo,
	    CUBLASLT_ALGO_CONFIG_SPLITK_NUM, &pieces, sizeof(pieces), NULL);
	(void)cublasLtMatmulAlgoCapGetAttribute(algo,
	    CUBLASLT_ALGO_CAP_OUT_OF_PLACE_RESULT_SUPPORT, &elsewhere,
	    sizeof(elsewhere), NULL);
	return pieces <= 1 && elsewhere != 0;
}

/* D = A · B + C; C may be NULL. */
static void
run(struct gpu *g, const struct gpu_plan *plan, void *d, const void *a,
    const void *b, const void *c, const float *bias, size_t M)
{
	float one = 1, beta = c != NULL ? 1 : 0;
	struct problem p;

	problem_begin(&p, &plan->shape, bias, M);
	RUNTIME(cublasLtMatmul(g->lt, p.what, &one, a, p.a, b, p.b, &beta,
	    c != NULL ? c : d, p.d, d, p.d, &plan->algo, g->workspace,
	    GPU_WORKSPACE, g->stream));
	problem_end(&p);
}

/*
 * Whether some rows come out as they do among more, as far as there is memory
 * to see it: rows of the weights, for want of others.
 */
static int
steady(struct gpu *g, const struct gpu_plan *plan, const void *weight,
    const float *bias)
{
	static const size_t counts[] = {1, 16, 17, 64, 65, 130};
	size_t row = plan->shape.N * dtype_bytes(plan->shape.out_type);
	size_t most = plan->shape.N < TRIED ? plan->shape.N : TRIED;
	struct kernels *k = &g->cuda.k;
	void *all = runtime_alloc(k, most * row);
	void *some = runtime_alloc(k, most * row);
	int good = 1;

	if (all != NULL && some != NULL) {
		run(g, plan, all, weight, weight, NULL, bias, most);
		for (size_t i = 0; i < sizeof(counts) / sizeof(*counts) &&
		    counts[i] <= most && good; i++) {
			run(g, plan, some, weight, weight, NULL, bias,
			    counts[i]);
			good = few_same(k, some, all, counts[i] * row);
		}
	}
	runtime_free(k, all);
	runtime_free(k, some);
	return good;
}

static void
choose(struct gpu *g, struct gpu_plan *plan, const void *weight,
    const float *bias)
{
	cublasLtMatmulHeuristicResult_t found[CHOICES];
	int n = ask(g, found, &plan->shape);

	for (int i = 0; i < n && !plan->usable; i++) {
		if (found[i].state != CUBLAS_STATUS_SUCCESS)
			continue;
		plan->algo = found[i].algo;
		plan->usable = suits(&plan->algo);
		for (size_t j = 0; j < sizeof(rows) / sizeof(*rows) &&
		    plan->usable; j++)
			plan->usable = works(g, &plan->shape, &plan->algo,
			    rows[j]);
		if (plan->usable && plan->shape.product == GPU_FORWARD)
			plan->usable = steady(g, plan, weight, bias);
	}
}

/* For these weights; NULL: there is no room for more. */
static const struct gpu_plan *
plan_for(struct gpu *g, const struct gpu_shape *want, const void *weight,
    const float *bias)
{
	struct gpu_plan *p = g->plans;

	for (; p < g->plans + g->plan_count; p++)
		if (p->shape.product == want->product &&
		    p->shape.type == want->type &&
		    p->shape.out_type == want->out_type &&
		    p->shape.bias == want->bias && p->shape.N == want->N &&
		    p->shape.K == want->K)
			return p;
	if (g->plan_count == GPU_PLANS)
		return NULL;
	p->shape = *want;
	g->plan_count++;
	choose(g, p, weight, bias);
	return p;
}

/* D = A · B + C; -1: the library can't. */
static int
product(struct kernels *k, const struct gpu_shape *want, void *d,
    const void *a, const void *b, const void *c, const float *bias, size_t M)
{
	struct gpu *g = (struct gpu *)k;
	const struct gpu_plan *plan;

	/* An algorithm that does not suit the pointers would be another. */
	if (!few_aligned(d, a, b, c, bias))
		return -1;
	plan = plan_for(g, want, a, bias);
	if (plan == NULL || !plan->usable)
		return -1;
	run(g, plan, d, a, b, c, bias, M);
	return 0;
}

int
runtime_matmul(struct kernels *k, void *out, enum dtype out_type,
    const void *in, const void *weight, const float *bias,
    const float *addend, enum dtype type, size_t M, size_t N, size_t K)
{
	struct gpu_shape want = {GPU_FORWARD, type, out_type, bias != NULL, N,
	    K};

	if ((addend != NULL || bias != NULL) && out_type != DTYPE_F32)
		return -1;
	return product(k, &want, out, weight, in, addend, bias, M);
}

int
runtime_matmul_input(struct kernels *k, float *din, const void *dout,
    const void *weight, enum dtype type, size_t M, size_t N, size_t K)
{
	struct gpu_shape want = {GPU_INPUT, type, DTYPE_F32, 0, N, K};

	return product(k, &want, din, weight, dout, NULL, NULL, M);
}

int
runtime_matmul_weight(struct kernels *k, float *dweight, const void *dout,
    const void *in, enum dtype type, size_t M, size_t N, size_t K)
{
	struct gpu_shape want = {GPU_WEIGHT, type, DTYPE_F32, 0, N, K};

	return product(k, &want, dweight, in, dout, dweight, NULL, M);
}
