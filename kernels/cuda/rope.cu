/*
 * Rotary embedding (arXiv:2104.09864) in halves, with Qwen3's RMSNorm of each
 * head's query and key before it, and the way into the key-value cache.  A
 * block has a row, a warp a head of it.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"
#include "kernels/cuda/packed.h"
#include "kernels/cuda/reduce.h"

#define THREADS 128
#define WARPS (THREADS / WARP)
#define PART_ROWS 32 /* whose norms' gradients are summed on their own */
#define MOST 256     /* D */
#define PAIRS (MOST / 2 / WARP) /* of dimensions, that a lane has */

struct forward {
	void *q, *cache;
	const float *qkv, *rope, *q_norm, *k_norm;
	float eps;
	enum dtype type;
	struct attention_shape shape;
	struct batch b;
};

DEVICE float
head_rstd(const float *in, float eps, size_t D)
{
	float sum = 0;

	for (size_t d = threadIdx.x % WARP; d < D; d += WARP)
		sum += in[d] * in[d];
	return 1.0f / sqrtf(reduce_warp(sum) / (float)D + eps);
}

/* One head, to element `at` of out. */
DEVICE void
forward_head(const struct forward *f, void *out, size_t at, const float *in,
    const float *norm, const float *angles)
{
	size_t D = f->shape.head_dim, half = D / 2;
	float rstd = norm != NULL ? head_rstd(in, f->eps, D) : 1;

	for (size_t d = threadIdx.x % WARP; d < half; d += WARP) {
		float x = in[d], y = in[half + d];
		float c = angles[d], s = angles[half + d];

		if (norm != NULL) {
			x *= rstd * norm[d];
			y *= rstd * norm[half + d];
		}
		element_store(out, f->type, at + d, x * c - y * s);
		element_store(out, f->type, at + half + d, y * c + x * s);
	}
}

KERNEL(forward_row, forward)
{
	const struct attention_shape *shape = &a.shape;
	size_t t = blockIdx.x, H = shape->heads, G = shape->kv_heads;
	size_t D = shape->head_dim, s = batch_sequence(&a.b, t);
	size_t p = a.b.first[s] + (t - a.b.start[s]);
	const float *in = a.qkv + t * (H + 2 * G) * D;
	const float *angles = a.rope + p * D;

	for (size_t i = threadIdx.x / WARP; i < H; i += WARPS)
		forward_head(&a, a.q, (t * H + i) * D, in + i * D, a.q_norm,
		    angles);
	for (size_t g = threadIdx.x / WARP; g < G && a.cache != NULL;
	    g += WARPS) {
		size_t key = packed_key(&a.b, shape, s, p, g);
		const float *value = in + (H + G + g) * D;

		forward_head(&a, a.cache, key, in + (H + g) * D, a.k_norm,
		    angles);
		for (size_t d = threadIdx.x % WARP; d < D; d += WARP)
			element_store(a.cache, a.type, key +
			    PACKED_VALUE(shape) + d, value[d]);
	}
}

void
cuda_rope_forward(struct kernels *k, void *q, void *cache, const float *qkv,
    const float *rope, const float *q_norm, const float *k_norm, float eps,
    enum dtype type, const struct attention_shape *shape,
    const struct batch *b)
{
	struct forward a = {q, cache, qkv, rope, q_norm, k_norm, eps, type,
	    *shape, *b};

	LAUNCH(k, forward_row, a, b->rows, 1, 1, THREADS, 0);
}

struct backward {
	void *dqkv;
	float *parts; /* (·, 2, D): of queries' and keys' norms */
	const float *dout, *qkv, *rope, *q_norm, *k_norm;
	float eps;
	enum dtype type;
	struct attention_shape shape;
	struct batch b;
};

/*
 * Through y = x·rstd·weight, x a pair of dimensions in [0] and [1] as dy is:
 * dx = rstd·(w·dy − x·rstd²·mean(w·dy·x)); dnorm += dy·x·rstd.
 */
DEVICE void
backward_norm(float dy[2][PAIRS], float dnorm[2][PAIRS], const float *in,
    const float *norm, float eps, size_t D)
{
	float rstd = head_rstd(in, eps, D), sum = 0, mean;
	size_t half = D / 2, lane = threadIdx.x % WARP;

	for (size_t i = 0, d = lane; d < half; d += WARP, i++)
		for (size_t j = 0; j < 2; j++) {
			float x = in[j * half + d];

			dnorm[j][i] += dy[j][i] * (x * rstd);
			dy[j][i] *= norm[j * half + d];
			sum += dy[j][i] * x;
		}
	mean = reduce_warp(sum) * rstd * rstd / (float)D;
	for (size_t i = 0, d = lane; d < half; d += WARP, i++)
		for (size_t j = 0; j < 2; j++)
			dy[j][i] = (dy[j][i] - in[j * half + d] * mean) * rstd;
}

DEVICE void
backward_head(const struct backward *f, float dnorm[2][PAIRS], size_t at,
    const float *norm, const float *angles)
{
	size_t D = f->shape.head_dim, half = D / 2, lane = threadIdx.x % WARP;
	const float *dout = f->dout + at;
	float dy[2][PAIRS];

	for (size_t i = 0, d = lane; d < half; d += WARP, i++) {
		float x = dout[d], y = dout[half + d];
		float c = angles[d], s = angles[half + d];

		dy[0][i] = x * c + y * s;
		dy[1][i] = y * c - x * s;
	}
	if (norm != NULL)
		backward_norm(dy, dnorm, f->qkv + at, norm, f->eps, D);
	for (size_t i = 0, d = lane; d < half; d += WARP, i++) {
		element_store(f->dqkv, f->type, at + d, dy[0][i]);
		element_store(f->dqkv, f->type, at + half + d, dy[1][i]);
	}
}

/* A block's sums of a norm's gradient, warp by warp. */
DEVICE void
store_part(float *part, float dnorm[2][PAIRS], size_t D)
{
	size_t half = D / 2;

	for (size_t warp = 0; warp < WARPS; warp++) {
		if (threadIdx.x / WARP == warp)
			for (size_t i = 0, d = threadIdx.x % WARP; d < half;
			    d += WARP, i++)
				for (size_t j = 0; j < 2; j++) {
					size_t at = j * half + d;
					float sum = warp == 0 ? 0 : part[at];

					part[at] = sum + dnorm[j][i];
				}
		SYNC();
	}
}

KERNEL(backward_part, backward)
{
	const struct attention_shape *shape = &a.shape;
	size_t H = shape->heads, G = shape->kv_heads, D = shape->head_dim;
	size_t first = (size_t)blockIdx.x * PART_ROWS, end = first + PART_ROWS;
	float dq_norm[2][PAIRS] = {{0}}, dk_norm[2][PAIRS] = {{0}};

	for (size_t t = first; t < end && t < a.b.rows; t++) {
		size_t s = batch_sequence(&a.b, t);
		size_t p = a.b.first[s] + (t - a.b.start[s]);
		size_t row = t * (H + 2 * G) * D;

		for (size_t i = threadIdx.x / WARP; i < H + G; i += WARPS)
			backward_head(&a, i < H ? dq_norm : dk_norm,
			    row + i * D, i < H ? a.q_norm : a.k_norm,
			    a.rope + p * D);
		EACH_OF_BLOCK(d, G * D)
			element_store(a.dqkv, a.type, row + (H + G) * D + d,
			    a.dout[row + (H + G) * D + d]);
	}
	if (a.parts == NULL)
		return;
	store_part(a.parts + blockIdx.x * 2 * D, dq_norm, D);
	store_part(a.parts + (blockIdx.x * 2 + 1) * D, dk_norm, D);
}

/* out (D) += Σ of every second row of parts (n, 2, D), in their order. */
struct norms {
	float *out;
	const float *parts;
	size_t n, D;
};

KERNEL(add_norms, norms)
{
	EACH(d, a.D) {
		float sum = a.out[d];

		for (size_t i = 0; i < a.n; i++)
			sum += a.parts[i * 2 * a.D + d];
		a.out[d] = sum;
	}
}

void
cuda_rope_backward(struct kernels *k, void *dqkv, float *dq_norm,
    float *dk_norm, const float *dout, const float *qkv, const float *rope,
    const float *q_norm, const float *k_norm, float eps, enum dtype type,
    const struct attention_shape *shape, const struct batch *b)
{
	size_t D = shape->head_dim;
	size_t parts = (b->rows + PART_ROWS - 1) / PART_ROWS;
	struct backward a = {dqkv, NULL, dout, qkv, rope, q_norm, k_norm, eps,
	    type, *shape, *b};
	struct norms q = {dq_norm, NULL, parts, D};
	struct norms key = {dk_norm, NULL, parts, D};

	if (q_norm != NULL || k_norm != NULL)
		a.parts = (float *)cuda_scratch(k, parts * 2 * D *
		    sizeof(float));
	LAUNCH(k, backward_part, a, parts, 1, 1, THREADS, 0);
	q.parts = a.parts;
	key.parts = a.parts + D;
	if (q_norm != NULL)
		LAUNCH(k, add_norms, q, 1, 1, 1, THREADS, 0);
	if (k_norm != NULL)
		LAUNCH(k, add_norms, key, 1, 1, 1, THREADS, 0);
}
