/*
 * Causal attention, backward, without a T×T matrix (arXiv:2205.14135, Alg. 4).
 * A block has either a tile of rows, and walks the keys that they read, or a
 * tile of keys, and walks the rows that read them, those of sequences that go
 * on behind included: each sum is one block's, in one order.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/attend_backward.h"
#include "kernels/cuda/attend_tensor.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/reduce.h"

#define THREADS 256
#define ROWS ATTEND_ROWS
#define KEYS 32 /* of a tile of keys */
#define OUTS (ROWS * ATTEND_MOST / THREADS)
#define GRADIENTS (KEYS * ATTEND_MOST / THREADS)

/* A warp has a row of a head. */
KERNEL(row_delta, attend_backward)
{
	size_t D = a.shape.shape.head_dim, lane = threadIdx.x % WARP;
	size_t row = (size_t)blockIdx.x * (THREADS / WARP) +
	    threadIdx.x / WARP;
	size_t rows = a.shape.b.rows * a.shape.shape.heads;
	float sum = 0;

	for (size_t d = lane; d < D && row < rows; d += WARP)
		sum += a.dout[row * D + d] * element_load(a.out, a.shape.type,
		    row * D + d);
	sum = reduce_warp(sum);
	if (lane == 0 && row < rows)
		a.delta[row] = sum;
}

struct room {
	float *q, *dout;     /* (ROWS, D) */
	float *weight;       /* (ROWS, keys): dout · value, then softmax */
	float *dscore;       /* (ROWS, keys) */
	float *keys, *values; /* (keys, D + 1); values: of a tile of keys */
};

static inline size_t
room_bytes(size_t D, size_t keys, size_t sides)
{
	return (2 * ROWS * D + 2 * ROWS * keys + sides * keys * (D + 1)) *
	    sizeof(float);
}

DEVICE struct room
room_at(float *p, size_t D, size_t keys)
{
	struct room r;

	r.q = p;
	r.dout = r.q + ROWS * D;
	r.weight = r.dout + ROWS * D;
	r.dscore = r.weight + ROWS * keys;
	r.keys = r.dscore + ROWS * keys;
	r.values = r.keys + keys * (D + 1);
	return r;
}

DEVICE size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A tile's rows over the step at p: dscore, from its values and keys. */
DEVICE void
step_scores(const struct attend_backward *f, const struct room *room,
    const struct attend_tile *t, size_t p)
{
	size_t D = f->shape.shape.head_dim;
	size_t n = smaller(attend_reads(t, t->n - 1) - p, ATTEND_STEP);

	attend_load_keys(room->keys, &f->shape, t->s, t->g, p, n, f->cache, 1);
	SYNC();
	EACH_OF_BLOCK(i, t->n * ATTEND_STEP) {
		size_t r = i / ATTEND_STEP, j = i % ATTEND_STEP;

		if (p + j < attend_reads(t, r))
			room->weight[i] = attend_dot(room->dout + r * D,
			    room->keys + j * (D + 1), D);
	}
	SYNC();
	attend_load_keys(room->keys, &f->shape, t->s, t->g, p, n, f->cache, 0);
	SYNC();
	EACH_OF_BLOCK(i, t->n * ATTEND_STEP) {
		size_t r = i / ATTEND_STEP, j = i % ATTEND_STEP;
		size_t row = attend_row(&f->shape, t, r);
		float score, weight;

		if (p + j >= attend_reads(t, r))
			continue;
		score = attend_dot(room->q + r * D, room->keys + j * (D + 1),
		    D);
		weight = expf(score * f->shape.scale - f->lse[row]);
		room->dscore[i] = weight * (room->weight[i] - f->delta[row]) *
		    f->shape.scale;
	}
	SYNC();
}

KERNEL(queries, attend_backward)
{
	DYNAMIC(memory);
	size_t D = a.shape.shape.head_dim;
	struct room room = room_at(memory, D, ATTEND_STEP);
	struct attend_tile t = attend_tile(&a.shape, blockIdx.x, blockIdx.y);
	float dq[OUTS] = {0};

	if (t.n == 0)
		return;
	attend_load_rows(room.q, &a.shape, &t, a.q, a.shape.type);
	attend_load_rows(room.dout, &a.shape, &t, a.dout, DTYPE_F32);
	SYNC();
	for (size_t p = 0; p < attend_reads(&t, t.n - 1); p += ATTEND_STEP) {
		step_scores(&a, &room, &t, p);
		for (size_t i = 0; i < OUTS; i++) {
			size_t at = threadIdx.x + i * THREADS, r = at / D;
			size_t reads = r < t.n ? attend_reads(&t, r) : 0;
			size_t n = reads > p ?
			    smaller(reads - p, ATTEND_STEP) : 0;

			for (size_t j = 0; j < n; j++)
				dq[i] += room.dscore[r * ATTEND_STEP + j] *
				    room.keys[j * (D + 1) + at % D];
		}
		SYNC();
	}
	for (size_t i = 0; i < OUTS; i++) {
		size_t at = threadIdx.x + i * THREADS, r = at / D;

		if (r < t.n)
			a.dqkv[attend_gradient(&a, t.row + r / t.heads) +
			    (t.head + r % t.heads) * D + at % D] = dq[i];
	}
}

/* Weights and dscores of rows by keys. */
DEVICE void
key_scores(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k, const struct attend_rows *rows)
{
	size_t D = f->shape.shape.head_dim;

	EACH_OF_BLOCK(i, rows->n * D) {
		size_t at = attend_row_of(f, k, rows, i / D) * D + i % D;

		room->q[i] = element_load(f->q, f->shape.type, at);
		room->dout[i] = f->dout[at];
	}
	SYNC();
	EACH_OF_BLOCK(i, rows->n * KEYS) {
		size_t r = i / KEYS, j = i % KEYS;
		size_t row = attend_row_of(f, k, rows, r);
		float weight = 0, dscore = 0;

		if (j < k->n && attend_sees(f, k, rows, r, j)) {
			weight = expf(attend_dot(room->q + r * D, room->keys +
			    j * (D + 1), D) * f->shape.scale - f->lse[row]);
			dscore = weight * (attend_dot(room->dout + r * D,
			    room->values + j * (D + 1), D) - f->delta[row]) *
			    f->shape.scale;
		}
		room->weight[i] = weight;
		room->dscore[i] = dscore;
	}
	SYNC();
}

/* All of sequence x's rows that read the keys. */
DEVICE void
walk_rows(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k, size_t x, float *dk, float *dv)
{
	size_t D = f->shape.shape.head_dim, group = f->shape.group;
	size_t all = (f->shape.b.start[x + 1] - f->shape.b.start[x]) * group;
	struct attend_rows rows = {x, x == k->s ? k->first * group : 0, 0};

	for (; rows.i < all; rows.i += ROWS) {
		rows.n = smaller(all - rows.i, ROWS);
		key_scores(f, room, k, &rows);
		for (size_t i = 0; i < GRADIENTS; i++) {
			size_t at = threadIdx.x + i * THREADS, j = at / D;

			for (size_t r = 0; r < rows.n && j < k->n; r++) {
				dk[i] += room->dscore[r * KEYS + j] *
				    room->q[r * D + at % D];
				dv[i] += room->weight[r * KEYS + j] *
				    room->dout[r * D + at % D];
			}
		}
		SYNC();
	}
}

DEVICE void
load_keys(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k)
{
	size_t D = f->shape.shape.head_dim;

	EACH_OF_BLOCK(i, k->n * D) {
		size_t key = packed_key(&f->shape.b, &f->shape.shape, k->s,
		    k->position + i / D, k->g) + i % D;
		size_t to = i / D * (D + 1) + i % D;

		room->keys[to] = element_load(f->cache, f->shape.type, key);
		room->values[to] = element_load(f->cache, f->shape.type,
		    key + PACKED_VALUE(&f->shape.shape));
	}
	SYNC();
}

KERNEL(keys, attend_backward)
{
	DYNAMIC(memory);
	const struct batch *b = &a.shape.b;
	size_t D = a.shape.shape.head_dim;
	struct room room = room_at(memory, D, KEYS);
	struct attend_keys k = attend_keys(&a, blockIdx.x, blockIdx.y, KEYS);
	float dk[GRADIENTS] = {0}, dv[GRADIENTS] = {0};

	if (k.n == 0)
		return;
	load_keys(&a, &room, &k);
	for (size_t x = k.s; x < b->sequences; x++)
		if (attend_reads_from(b, x, k.s))
			walk_rows(&a, &room, &k, x, dk, dv);
	for (size_t i = 0; i < GRADIENTS; i++) {
		size_t at = threadIdx.x + i * THREADS, j = at / D;
		float *out = attend_key_gradient(&a, &k, j) + at % D;

		if (j < k.n) {
			out[0] = dk[i];
			out[a.shape.shape.kv_heads * D] = dv[i];
		}
	}
}

void
cuda_attention_backward(struct kernels *k, float *dqkv, const float *dout,
    const void *out, const float *lse, const void *q, const void *cache,
    enum dtype type, const struct attention_shape *shape,
    const struct batch *b)
{
	struct attend_backward a = {dqkv, NULL, dout, out, lse, q, cache,
	    attend_begin(type, shape, b, ROWS)};
	size_t D = shape->head_dim, rows = b->rows * shape->heads;
	size_t warps = THREADS / WARP;

	if (rows == 0)
		return;
	a.delta = (float *)cuda_scratch(k, rows * sizeof(float));
	LAUNCH(k, row_delta, a, (rows + warps - 1) / warps, 1, 1, THREADS, 0);
	if (attend_tensor(type, shape)) {
		cuda_attention_backward_tensor(k, &a);
		return;
	}
	LAUNCH(k, queries, a, packed_tiles(b, a.shape.positions),
	    shape->kv_heads * attend_chunks(&a.shape), 1, THREADS,
	    room_bytes(D, ATTEND_STEP, 1));
	LAUNCH(k, keys, a, packed_tiles(b, KEYS), shape->kv_heads, 1, THREADS,
	    room_bytes(D, KEYS, 2));
}
