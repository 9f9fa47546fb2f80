/*
 * Causal attention forward on tensor cores, in prefill, decode and training:
 * the same steps, the same bits.  Each step of a row's keys gives a softmax of
 * its own (maximum, sum and weighted values), and steps are joined in their
 * order.  A block walks the steps of a tile of rows; where tiles are few, steps
 * are blocks' of their own and a second kernel joins them.  In decode a tile is
 * one position and all query heads of a key-value head, so that the cache is
 * read once.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/attend_join.h"
#include "kernels/cuda/attend_tensor.h"

#define ROWS (ATTEND_WARPS * ATTEND_TILE)
#define TILES (ATTEND_STEP / 8)
#define PARTS_BYTES ((size_t)64 << 20)

struct forward {
	uint16_t *out;
	float *lse; /* (T, H) */
	const uint16_t *q, *cache;
	struct attend_shape shape;
	float *parts; /* (T·H, steps, D + 2): values, m, l; NULL: none */
	size_t steps, share; /* of the longest; of a block */
	float scale;  /* of scores, to powers of two */
};

DEVICE float
state_lse(struct attend_softmax s)
{
	return (s.m + log2f(s.l)) * ATTEND_LN2;
}

/* A lane's part of two rows: [0], and [1] eight rows behind. */
struct own {
	size_t row[2];   /* t·H + h */
	size_t reads[2]; /* positions; 0: no such row */
	struct attend_softmax state[2];
	uint32_t q[ATTEND_WIDEST / 16][4];
	float o[ATTEND_WIDEST / 8][4];
};

DEVICE void
own_begin(struct own *w, const struct forward *f, const struct attend_tile *t,
    size_t D)
{
	const uint16_t *q[2];

	UNROLL
	for (size_t i = 0; i < 2; i++) {
		size_t r = threadIdx.x / 4 % 8 + threadIdx.x / WARP *
		    ATTEND_TILE + i * 8;

		w->reads[i] = r < t->n ? attend_reads(t, r) : 0;
		w->row[i] = r < t->n ? attend_row(&f->shape, t, r) : 0;
		w->state[i].m = -INFINITY;
		w->state[i].l = 0;
		q[i] = r < t->n ? f->q + w->row[i] * D : NULL;
	}
	UNROLL
	for (size_t k = 0; k < D / 16; k++)
		attend_fragment(w->q[k], q[0], q[1], k);
	UNROLL
	for (size_t n = 0; n < D / 8; n++)
		UNROLL
		for (size_t i = 0; i < 4; i++)
			w->o[n][i] = 0;
}

/* Scores of row i, of which the first `reads` count, to weights. */
DEVICE struct attend_softmax
softmax(float s[TILES][4], size_t i, size_t reads, float scale)
{
	struct attend_softmax state = {-INFINITY, 0};
	size_t column = threadIdx.x % 4 * 2;
	float base;

	UNROLL
	for (size_t j = 0; j < 2 * TILES; j++) {
		float *x = &s[j / 2][2 * i + j % 2];

		if (j / 2 * 8 + column + j % 2 >= reads)
			*x = -INFINITY;
		state.m = *x > state.m ? *x : state.m;
	}
	UNROLL
	for (int mask = 1; mask < 4; mask *= 2) {
		float other = lane_xor(state.m, mask);

		state.m = other > state.m ? other : state.m;
	}
	state.m *= scale;
	base = state.m > -INFINITY ? state.m : 0;
	UNROLL
	for (size_t j = 0; j < 2 * TILES; j++) {
		float *x = &s[j / 2][2 * i + j % 2];

		*x = exp2f(fmaf(*x, scale, -base));
		state.l += *x;
	}
	UNROLL
	for (int mask = 1; mask < 4; mask *= 2)
		state.l += lane_xor(state.l, mask);
	return state;
}

/* Two times two columns from d on of the step at p; and the states once. */
DEVICE void
store_part(const struct forward *f, const struct own *w,
    const struct attend_softmax state[2], float sum[2][4], size_t p, size_t d,
    size_t D)
{
	size_t column = threadIdx.x % 4 * 2;

	UNROLL
	for (size_t i = 0; i < 2; i++) {
		float *part = f->parts + (w->row[i] * f->steps +
		    p / ATTEND_STEP) * (D + 2);

		if (w->reads[i] <= p)
			continue;
		UNROLL
		for (size_t j = 0; j < 4; j++)
			part[d + j / 2 * 8 + column + j % 2] =
			    sum[j / 2][2 * i + j % 2];
		if (d == 0 && column == 0) {
			part[D] = state[i].m;
			part[D + 1] = state[i].l;
		}
	}
}

/* A warp's rows through the step at p. */
DEVICE void
step(const struct forward *f, struct own *w, const uint16_t *keys, size_t p,
    size_t D)
{
	const uint16_t *values = keys + ATTEND_STEP * ATTEND_STRIDE(D);
	float s[TILES][4] = {{0}};
	uint32_t weights[TILES / 2][4];
	struct attend_softmax state[2];
	struct attend_joint j[2] = {{1, 0}, {1, 0}};

	UNROLL
	for (size_t k = 0; k < D / 16; k++)
		attend_scores(s, w->q[k], keys, k, TILES, D);
	UNROLL
	for (size_t i = 0; i < 2; i++)
		state[i] = softmax(s, i, w->reads[i] > p ? w->reads[i] - p : 0,
		    f->scale);
	attend_weights(weights, s, TILES / 2);
	if (f->parts == NULL) {
		j[0] = attend_join(&w->state[0], state[0], ATTEND_2);
		j[1] = attend_join(&w->state[1], state[1], ATTEND_2);
	}
	UNROLL
	for (size_t n = 0; n < D / 8; n += 2) {
		float sum[2][4] = {{0}};

		attend_sums(sum, weights, values, TILES / 2, n * 8, D);
		if (f->parts != NULL) {
			store_part(f, w, state, sum, p, n * 8, D);
			continue;
		}
		UNROLL
		for (size_t i = 0; i < 8; i++) {
			float *o = &w->o[n + i / 4][i % 4];

			*o = attend_join_out(j[i % 4 / 2], *o,
			    sum[i / 4][i % 4]);
		}
	}
}

DEVICE void
store(const struct forward *f, const struct own *w, size_t D)
{
	UNROLL
	for (size_t i = 0; i < 2; i++) {
		uint32_t *out = (uint32_t *)(void *)(f->out + w->row[i] * D);
		float inverse = 1.0f / w->state[i].l;

		if (w->reads[i] == 0)
			continue;
		UNROLL
		for (size_t n = 0; n < D / 8; n++)
			out[n * 4 + threadIdx.x % 4] = tensor_pair(
			    w->o[n][2 * i] * inverse,
			    w->o[n][2 * i + 1] * inverse);
		if (threadIdx.x % 4 == 0 && f->lse != NULL)
			f->lse[w->row[i]] = state_lse(w->state[i]);
	}
}

/* Steps are on their way to one stage of memory while another is computed. */
DEVICE void
attend(const struct forward *f, float *memory, size_t D)
{
	struct attend_tile t = attend_tile(&f->shape, blockIdx.x, blockIdx.y);
	size_t reads = t.n > 0 ? attend_reads(&t, t.n - 1) : 0, mine;
	size_t p = 0, end = reads, stage = 2 * ATTEND_STEP * ATTEND_STRIDE(D);
	size_t last = threadIdx.x / WARP * ATTEND_TILE; /* of the warp's */
	uint16_t *now = (uint16_t *)(void *)memory, *next = now + stage;
	struct own w;

	if (f->parts != NULL) {
		p = blockIdx.z * f->share * ATTEND_STEP;
		end = p + f->share * ATTEND_STEP;
		end = end < reads ? end : reads;
	}
	if (p >= end)
		return;
	last = last + ATTEND_TILE < t.n ? last + ATTEND_TILE - 1 :
	    last < t.n ? t.n - 1 : t.n;
	mine = last < t.n ? attend_reads(&t, last) : 0;
	attend_copy_step(now, &f->shape, t.s, t.g, p, reads - p, f->cache, D);
	tensor_copies_end();
	own_begin(&w, f, &t, D);
	for (; p < end; p += ATTEND_STEP) {
		uint16_t *other = now;

		if (p + ATTEND_STEP < end)
			attend_copy_step(next, &f->shape, t.s, t.g,
			    p + ATTEND_STEP, reads - p - ATTEND_STEP, f->cache,
			    D);
		tensor_copies_end();
		tensor_copies_wait(1);
		SYNC();
		if (p < mine)
			step(f, &w, now, p, D);
		SYNC();
		now = next;
		next = other;
	}
	if (f->parts == NULL)
		store(f, &w, D);
}

KERNEL(attend64, forward)
{
	DYNAMIC(memory);

	attend(&a, memory, 64);
}

KERNEL(attend128, forward)
{
	DYNAMIC(memory);

	attend(&a, memory, 128);
}

/* A block has a row of a head. */
KERNEL(merge, forward)
{
	size_t D = a.shape.shape.head_dim, row = blockIdx.x;
	size_t t = row / a.shape.shape.heads;
	size_t s = batch_sequence(&a.shape.b, t);
	size_t reads = a.shape.b.first[s] + (t - a.shape.b.start[s]) + 1;

	EACH_OF_BLOCK(d, D) {
		const float *part = a.parts + row * a.steps * (D + 2);
		struct attend_softmax state = {-INFINITY, 0};
		float o = 0;

		for (size_t p = 0; p < reads; p += ATTEND_STEP, part += D + 2) {
			struct attend_softmax other = {part[D], part[D + 1]};

			o = attend_join_out(attend_join(&state, other,
			    ATTEND_2), o, part[d]);
		}
		element_store(a.out, DTYPE_BF16, row * D + d,
		    o * (1.0f / state.l));
		if (d == 0 && a.lse != NULL)
			a.lse[row] = state_lse(state);
	}
}

/* Steps in blocks of their own, where that is for the better. */
static size_t
split(struct forward *f, struct kernels *k, size_t blocks)
{
	size_t longest = f->shape.b.max_pages * KV_PAGE; /* it may be */
	size_t steps = (longest + ATTEND_STEP - 1) / ATTEND_STEP;
	size_t D = f->shape.shape.head_dim;
	size_t wanted = 2 * ((struct cuda *)k)->processors;
	size_t bytes = f->shape.b.rows * f->shape.shape.heads * steps *
	    (D + 2) * sizeof(float);

	if (blocks >= wanted || steps == 1 || bytes > PARTS_BYTES)
		return 1;
	f->parts = (float *)cuda_scratch(k, bytes);
	f->steps = steps;
	f->share = (blocks * steps + wanted - 1) / wanted;
	return (steps + f->share - 1) / f->share;
}

void
cuda_attention_forward_tensor(struct kernels *k, void *out, float *lse,
    const void *q, const void *cache, const struct attention_shape *shape,
    const struct batch *b)
{
	struct forward a = {(uint16_t *)out, lse, (const uint16_t *)q,
	    (const uint16_t *)cache,
	    attend_begin(DTYPE_BF16, shape, b, ROWS), NULL, 0, 0, 0};
	size_t tiles = packed_tiles(b, a.shape.positions);
	size_t lanes = shape->kv_heads * attend_chunks(&a.shape);
	size_t D = shape->head_dim, bytes = attend_bytes(4 * ATTEND_STEP, D), z;

	a.scale = a.shape.scale * ATTEND_LOG2E;
	z = split(&a, k, tiles * lanes);
	if (D == 64)
		LAUNCH(k, attend64, a, tiles, lanes, z, ATTEND_THREADS, bytes);
	else
		LAUNCH(k, attend128, a, tiles, lanes, z, ATTEND_THREADS,
		    bytes);
	if (a.parts != NULL)
		LAUNCH(k, merge, a, b->rows * shape->heads, 1, 1,
		    ATTEND_THREADS, 0);
}
