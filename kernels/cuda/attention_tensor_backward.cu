/*
 * Causal attention backward on tensor cores: what attention_backward.cu does,
 * with products of bfloat16.  A block has a tile of rows and walks the steps
 * that they read, or a tile of keys and walks the rows that read them.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/attend_backward.h"
#include "kernels/cuda/attend_tensor.h"

#define ROWS (ATTEND_WARPS * ATTEND_TILE)
#define KEYS (ATTEND_WARPS * ATTEND_TILE) /* of a tile of keys */
#define HALF 32 /* keys, or rows, that a warp has scores of at a time */
#define TILES (HALF / 8)

/* A lane's part of two rows, as the forward's. */
struct own {
	size_t row[2], reads[2];
	float lse[2], delta[2]; /* lse to the base of 2 */
	uint32_t q[ATTEND_WIDEST / 16][4], dout[ATTEND_WIDEST / 16][4];
	float dq[ATTEND_WIDEST / 8][4];
};

DEVICE void
own_begin(struct own *w, const struct attend_backward *f,
    const struct attend_tile *t, size_t D)
{
	const uint16_t *q[2] = {NULL, NULL};
	const float *dout[2] = {NULL, NULL};

	UNROLL
	for (size_t i = 0; i < 2; i++) {
		size_t r = threadIdx.x / 4 % 8 + threadIdx.x / WARP *
		    ATTEND_TILE + i * 8;

		w->row[i] = w->reads[i] = 0;
		w->lse[i] = w->delta[i] = 0;
		if (r >= t->n)
			continue;
		w->row[i] = attend_row(&f->shape, t, r);
		w->reads[i] = attend_reads(t, r);
		w->lse[i] = f->lse[w->row[i]] * ATTEND_LOG2E;
		w->delta[i] = f->delta[w->row[i]];
		q[i] = (const uint16_t *)f->q + w->row[i] * D;
		dout[i] = f->dout + w->row[i] * D;
	}
	UNROLL
	for (size_t k = 0; k < D / 16; k++) {
		attend_fragment(w->q[k], q[0], q[1], k);
		attend_fragment_float(w->dout[k], dout[0], dout[1], k);
	}
	UNROLL
	for (size_t n = 0; n < D / 8; n++)
		UNROLL
		for (size_t i = 0; i < 4; i++)
			w->dq[n][i] = 0;
}

/* A warp's rows through the HALF keys at position p, and their values. */
DEVICE void
half_step(const struct attend_backward *f, struct own *w, const uint16_t *keys,
    const uint16_t *values, size_t p, size_t D)
{
	float s[TILES][4] = {{0}}, dweight[TILES][4] = {{0}};
	uint32_t dscores[TILES / 2][4];
	size_t column = threadIdx.x % 4 * 2;

	UNROLL
	for (size_t k = 0; k < D / 16; k++) {
		attend_scores(s, w->q[k], keys, k, TILES, D);
		attend_scores(dweight, w->dout[k], values, k, TILES, D);
	}
	UNROLL
	for (size_t i = 0; i < 4 * TILES; i++) {
		float *x = &s[i / 4][i % 4];
		size_t j = p + i / 4 * 8 + column + i % 2, h = i % 4 / 2;
		float weight = exp2f(fmaf(*x, f->shape.scale * ATTEND_LOG2E,
		    -w->lse[h]));

		*x = j < w->reads[h] ? weight * (dweight[i / 4][i % 4] -
		    w->delta[h]) * f->shape.scale : 0;
	}
	attend_weights(dscores, s, TILES / 2);
	UNROLL
	for (size_t n = 0; n < D / 8; n += 2)
		attend_sums(&w->dq[n], dscores, keys, TILES / 2, n * 8, D);
}

DEVICE void
queries(const struct attend_backward *f, float *memory, size_t D)
{
	struct attend_tile t = attend_tile(&f->shape, blockIdx.x, blockIdx.y);
	size_t reads = t.n > 0 ? attend_reads(&t, t.n - 1) : 0;
	uint16_t *keys = (uint16_t *)(void *)memory;
	const uint16_t *cache = (const uint16_t *)f->cache;
	size_t rows = HALF * ATTEND_STRIDE(D), warp = threadIdx.x / WARP;
	struct own w;

	if (reads == 0)
		return;
	own_begin(&w, f, &t, D);
	for (size_t p = 0; p < reads; p += ATTEND_STEP) {
		attend_copy_step(keys, &f->shape, t.s, t.g, p, reads - p,
		    cache, D);
		tensor_copies_end();
		tensor_copies_wait(0);
		SYNC();
		if (warp * ATTEND_TILE < t.n) {
			half_step(f, &w, keys, keys + 2 * rows, p, D);
			half_step(f, &w, keys + rows, keys + 3 * rows,
			    p + HALF, D);
		}
		SYNC();
	}
	UNROLL
	for (size_t i = 0; i < 2; i++) {
		size_t H = f->shape.shape.heads, row = w.row[i];
		float *out = f->dqkv + attend_gradient(f, row / H) +
		    row % H * D + threadIdx.x % 4 * 2;

		if (w.reads[i] == 0)
			continue;
		UNROLL
		for (size_t n = 0; n < D / 8; n++) {
			out[n * 8] = w.dq[n][2 * i];
			out[n * 8 + 1] = w.dq[n][2 * i + 1];
		}
	}
}

KERNEL(queries64, attend_backward)
{
	DYNAMIC(memory);

	queries(&a, memory, 64);
}

KERNEL(queries128, attend_backward)
{
	DYNAMIC(memory);

	queries(&a, memory, 128);
}

/* A block's shared memory in the walk over rows. */
struct room {
	uint16_t *keys, *values; /* (KEYS, D) */
	uint16_t *q, *dout;      /* (HALF, D) */
	float *lse, *delta;      /* (HALF); lse to the base of 2 */
};

static inline size_t
room_bytes(size_t D)
{
	return attend_bytes(2 * KEYS + 2 * HALF, D) + 2 * HALF * sizeof(float);
}

DEVICE struct room
room_at(float *p, size_t D)
{
	struct room r;

	r.lse = p;
	r.delta = r.lse + HALF;
	r.keys = (uint16_t *)(void *)(r.delta + HALF);
	r.values = r.keys + KEYS * ATTEND_STRIDE(D);
	r.q = r.values + KEYS * ATTEND_STRIDE(D);
	r.dout = r.q + HALF * ATTEND_STRIDE(D);
	return r;
}

DEVICE void
load_keys(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k, size_t D)
{
	const uint16_t *cache = (const uint16_t *)f->cache;

	EACH_OF_BLOCK(i, 2 * KEYS * D / 8) {
		size_t row = i / (D / 8), j = row % KEYS;
		const uint16_t *from = NULL;

		if (j < k->n)
			from = cache + packed_key(&f->shape.b,
			    &f->shape.shape, k->s, k->position + j, k->g) +
			    row / KEYS * PACKED_VALUE(&f->shape.shape);
		attend_copy_row(room->keys + row * ATTEND_STRIDE(D), from,
		    i % (D / 8));
	}
}

/* Queries and dout, or zeros. */
DEVICE void
load_rows(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k, const struct attend_rows *rows, size_t D)
{
	const uint16_t *q = (const uint16_t *)f->q;

	EACH_OF_BLOCK(i, HALF * D / 8) {
		size_t r = i / (D / 8), chunk = i % (D / 8);
		uint32_t *to = (uint32_t *)(void *)(room->dout +
		    r * ATTEND_STRIDE(D) + chunk * 8);
		size_t row = attend_row_of(f, k, rows, r);
		const float *from = f->dout + row * D + chunk * 8;

		attend_copy_row(room->q + r * ATTEND_STRIDE(D),
		    r < rows->n ? q + row * D : NULL, chunk);
		UNROLL
		for (size_t j = 0; j < 4; j++)
			to[j] = r < rows->n ? tensor_pair(from[2 * j],
			    from[2 * j + 1]) : 0;
	}
	EACH_OF_BLOCK(r, rows->n) {
		size_t row = attend_row_of(f, k, rows, r);

		room->lse[r] = f->lse[row] * ATTEND_LOG2E;
		room->delta[r] = f->delta[row];
	}
	tensor_copies_end();
}

/* A warp's keys by rows: their part of dk and dv. */
DEVICE void
key_gradients(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k, const struct attend_rows *rows,
    float (*dk)[4], float (*dv)[4], size_t D)
{
	size_t key = threadIdx.x / WARP * ATTEND_TILE;
	size_t g = threadIdx.x / 4 % 8, column = threadIdx.x % 4 * 2;
	float s[TILES][4] = {{0}}, dweight[TILES][4] = {{0}};
	uint32_t weights[TILES / 2][4], dscores[TILES / 2][4];

	UNROLL
	for (size_t i = 0; i < D / 16; i++) {
		uint32_t left[4];

		attend_fragment_shared(left, room->keys, key, i, D);
		attend_scores(s, left, room->q, i, TILES, D);
		attend_fragment_shared(left, room->values, key, i, D);
		attend_scores(dweight, left, room->dout, i, TILES, D);
	}
	UNROLL
	for (size_t i = 0; i < 4 * TILES; i++) {
		size_t r = i / 4 * 8 + column + i % 2;
		size_t j = key + g + i % 4 / 2 * 8;
		float *x = &s[i / 4][i % 4], *d = &dweight[i / 4][i % 4];
		float weight = 0;

		if (r < rows->n && j < k->n && attend_sees(f, k, rows, r, j))
			weight = exp2f(fmaf(*x, f->shape.scale * ATTEND_LOG2E,
			    -room->lse[r]));
		*x = weight;
		*d = weight > 0 ? weight * (*d - room->delta[r]) *
		    f->shape.scale : 0;
	}
	attend_weights(weights, s, TILES / 2);
	attend_weights(dscores, dweight, TILES / 2);
	UNROLL
	for (size_t n = 0; n < D / 8; n += 2) {
		attend_sums(&dv[n], weights, room->dout, TILES / 2, n * 8, D);
		attend_sums(&dk[n], dscores, room->q, TILES / 2, n * 8, D);
	}
}

/* All of sequence x's rows that read the keys. */
DEVICE void
walk_rows(const struct attend_backward *f, const struct room *room,
    const struct attend_keys *k, size_t x, float (*dk)[4], float (*dv)[4],
    size_t D)
{
	size_t group = f->shape.group, warp = threadIdx.x / WARP;
	size_t all = (f->shape.b.start[x + 1] - f->shape.b.start[x]) * group;
	struct attend_rows rows = {x, x == k->s ? k->first * group : 0, 0};

	for (; rows.i < all; rows.i += HALF) {
		rows.n = all - rows.i < HALF ? all - rows.i : HALF;
		load_rows(f, room, k, &rows, D);
		tensor_copies_wait(0);
		SYNC();
		if (warp * ATTEND_TILE < k->n)
			key_gradients(f, room, k, &rows, dk, dv, D);
		SYNC();
	}
}

DEVICE void
keys(const struct attend_backward *f, float *memory, size_t D)
{
	const struct batch *b = &f->shape.b;
	struct room room = room_at(memory, D);
	struct attend_keys k = attend_keys(f, blockIdx.x, blockIdx.y, KEYS);
	size_t first = threadIdx.x / WARP * ATTEND_TILE + threadIdx.x / 4 % 8;
	float dk[ATTEND_WIDEST / 8][4] = {{0}}, dv[ATTEND_WIDEST / 8][4] =
	    {{0}};

	if (k.n == 0)
		return;
	load_keys(f, &room, &k, D);
	for (size_t x = k.s; x < b->sequences; x++)
		if (attend_reads_from(b, x, k.s))
			walk_rows(f, &room, &k, x, dk, dv, D);
	UNROLL
	for (size_t i = 0; i < 2; i++) {
		size_t j = first + i * 8;
		float *out = attend_key_gradient(f, &k, j) +
		    threadIdx.x % 4 * 2;

		if (j >= k.n)
			continue;
		UNROLL
		for (size_t n = 0; n < D / 8; n++)
			UNROLL
			for (size_t e = 0; e < 2; e++) {
				float *to = out + n * 8 + e;

				to[0] = dk[n][2 * i + e];
				to[f->shape.shape.kv_heads * D] =
				    dv[n][2 * i + e];
			}
	}
}

KERNEL(keys64, attend_backward)
{
	DYNAMIC(memory);

	keys(&a, memory, 64);
}

KERNEL(keys128, attend_backward)
{
	DYNAMIC(memory);

	keys(&a, memory, 128);
}

void
cuda_attention_backward_tensor(struct kernels *k,
    const struct attend_backward *f)
{
	struct attend_backward a = *f;
	const struct attention_shape *shape = &f->shape.shape;
	const struct batch *b = &f->shape.b;
	size_t D = shape->head_dim, steps = attend_bytes(2 * ATTEND_STEP, D);
	size_t tiles, lanes;

	a.shape = attend_begin(f->shape.type, shape, b, ROWS);
	tiles = packed_tiles(b, a.shape.positions);
	lanes = shape->kv_heads * attend_chunks(&a.shape);
	if (D == 64) {
		LAUNCH(k, queries64, a, tiles, lanes, 1, ATTEND_THREADS, steps);
		LAUNCH(k, keys64, a, packed_tiles(b, KEYS), shape->kv_heads, 1,
		    ATTEND_THREADS, room_bytes(D));
	} else {
		LAUNCH(k, queries128, a, tiles, lanes, 1, ATTEND_THREADS,
		    steps);
		LAUNCH(k, keys128, a, packed_tiles(b, KEYS), shape->kv_heads,
		    1, ATTEND_THREADS, room_bytes(D));
	}
}
