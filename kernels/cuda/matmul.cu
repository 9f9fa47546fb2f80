/*
 * Matrix products: the library's where there is one for the shape, or for few
 * rows matmul_few.cu's where that gives the same, else a plain kernel: 64 by 64
 * elements a block, sums over K from 0 on, so that an element's bits depend on
 * nothing else.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"

#define THREADS 256
#define TILE 64
#define STEP 16
#define EDGE 4 /* a thread's elements are EDGE by EDGE */

/*
 * out (M, N) = Σ_k left(m, k)·right(n, k) + bias (N) + addend (M, N); element
 * (m, k) of left is at m·left_row + k·left_step, right alike.
 */
struct product {
	void *out;
	enum dtype out_type;
	const void *left, *right;
	size_t left_row, left_step, right_row, right_step;
	const float *bias, *addend;
	enum dtype type;
	size_t M, N, K;
};

/* Rows row … and steps k … of one side, zeros outside; neighbours in memory
 * by neighbouring threads. */
DEVICE void
load_side(float side[STEP][TILE + 1], const void *in, enum dtype type,
    size_t row_stride, size_t step_stride, size_t row, size_t rows, size_t k,
    size_t K)
{
	EACH_OF_BLOCK(i, TILE * STEP) {
		size_t r = step_stride == 1 ? i / STEP : i % TILE;
		size_t s = step_stride == 1 ? i % STEP : i / TILE;

		side[s][r] = row + r < rows && k + s < K ?
		    element_load(in, type, (row + r) * row_stride +
		    (k + s) * step_stride) : 0;
	}
}

DEVICE void
store_edge(const struct product *a, float sum[EDGE][EDGE], size_t m, size_t n)
{
	for (size_t i = 0; i < EDGE; i++)
		for (size_t j = 0; j < EDGE; j++) {
			size_t row = m + i * (TILE / EDGE);
			size_t column = n + j * (TILE / EDGE);
			size_t at = row * a->N + column;
			float x = sum[i][j];

			if (row >= a->M || column >= a->N)
				continue;
			if (a->bias != NULL)
				x += a->bias[column];
			if (a->addend != NULL)
				x += a->addend[at];
			element_store(a->out, a->out_type, at, x);
		}
}

KERNEL(multiply, product)
{
	SHARED float left[STEP][TILE + 1], right[STEP][TILE + 1];
	size_t m = (size_t)blockIdx.x * TILE, n = (size_t)blockIdx.y * TILE;
	size_t x = threadIdx.x % (TILE / EDGE), y = threadIdx.x / (TILE / EDGE);
	float sum[EDGE][EDGE] = {{0}};

	for (size_t k = 0; k < a.K; k += STEP) {
		load_side(left, a.left, a.type, a.left_row, a.left_step, m,
		    a.M, k, a.K);
		load_side(right, a.right, a.type, a.right_row, a.right_step, n,
		    a.N, k, a.K);
		SYNC();
		for (size_t s = 0; s < STEP; s++)
			for (size_t i = 0; i < EDGE; i++)
				for (size_t j = 0; j < EDGE; j++)
					sum[i][j] += left[s][y + i * (TILE /
					    EDGE)] * right[s][x + j * (TILE /
					    EDGE)];
		SYNC();
	}
	store_edge(&a, sum, m + y, n + x);
}

static size_t
tiles(size_t n)
{
	return (n + TILE - 1) / TILE;
}

void
cuda_matmul(struct kernels *k, void *out, enum dtype out_type, const void *in,
    const void *packed, const float *bias, const float *addend,
    enum dtype type, size_t M, size_t N, size_t K)
{
	struct product a = {out, out_type, in, packed, K, 1, K, 1, bias,
	    addend, type, M, N, K};

	if (M > 0 && few_matmul(k, out, out_type, in, packed, bias, addend,
	    type, M, N, K) != 0 && runtime_matmul(k, out, out_type, in, packed,
	    bias, addend, type, M, N, K) != 0)
		LAUNCH(k, multiply, a, tiles(M), tiles(N), 1, THREADS, 0);
}

void
cuda_matmul_backward_input(struct kernels *k, float *din, const void *dout,
    const void *packed, enum dtype type, size_t M, size_t N, size_t K)
{
	struct product a = {din, DTYPE_F32, dout, packed, N, 1, 1, K, NULL,
	    NULL, type, M, K, N};

	if (M > 0 && runtime_matmul_input(k, din, dout, packed, type, M, N,
	    K) != 0)
		LAUNCH(k, multiply, a, tiles(M), tiles(K), 1, THREADS, 0);
}

void
cuda_matmul_backward_weight(struct kernels *k, float *dweight,
    const void *dout, const void *in, enum dtype type, size_t M, size_t N,
    size_t K)
{
	struct product a = {dweight, DTYPE_F32, dout, in, 1, N, 1, K, NULL,
	    dweight, type, N, K, M};

	if (M > 0 && runtime_matmul_weight(k, dweight, dout, in, type, M, N,
	    K) != 0)
		LAUNCH(k, multiply, a, tiles(N), tiles(K), 1, THREADS, 0);
}
