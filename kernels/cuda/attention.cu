/*
 * Causal attention over the pages of the key-value cache, forward.  A row goes
 * through spans of SPAN positions with an online softmax (arXiv:2205.14135,
 * Alg. 1), and spans are merged in their order.  Where tiles are few, each span
 * is a block's of its own and a second kernel merges: the same steps, the same
 * bits, in prefill, decode and training.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/attend_join.h"
#include "kernels/cuda/attend_tensor.h"
#include "kernels/cuda/device.h"

#define THREADS 128
#define WARPS (THREADS / WARP)
#define SPAN (4 * ATTEND_STEP) /* positions of a block */
#define OUTS (ATTEND_ROWS * ATTEND_MOST / THREADS) /* a thread's of o */

struct forward {
	void *out;
	float *lse; /* (T, H) */
	const void *q, *cache;
	struct attend_shape shape;
	float *parts; /* (T·H, spans, D + 2): o, m, l; NULL: no parts */
	size_t spans;
};

/* The block's shared memory. */
struct room {
	float *q;      /* (ATTEND_ROWS, D) */
	float *keys;   /* (ATTEND_STEP, D + 1): then the values */
	float *weight; /* (ATTEND_ROWS, ATTEND_STEP): scores, then exp */
	float *shrink; /* (ATTEND_ROWS) */
	struct attend_softmax *state; /* (ATTEND_ROWS) of the span */
	struct attend_softmax *all;   /* (ATTEND_ROWS) of the spans so far */
	struct attend_joint *joint; /* (ATTEND_ROWS) of both */
};

static inline size_t
room_bytes(size_t D)
{
	return (ATTEND_ROWS * D + ATTEND_STEP * (D + 1) + ATTEND_ROWS *
	    ATTEND_STEP + ATTEND_ROWS) * sizeof(float) + ATTEND_ROWS *
	    (2 * sizeof(struct attend_softmax) + sizeof(struct attend_joint));
}

DEVICE struct room
room_at(float *p, size_t D)
{
	struct room r;

	r.q = p;
	r.weight = r.q + ATTEND_ROWS * D;
	r.shrink = r.weight + ATTEND_ROWS * ATTEND_STEP;
	r.state = (struct attend_softmax *)(r.shrink + ATTEND_ROWS);
	r.all = r.state + ATTEND_ROWS;
	r.joint = (struct attend_joint *)(r.all + ATTEND_ROWS);
	r.keys = (float *)(r.joint + ATTEND_ROWS);
	return r;
}

/* Positions of the step at p that row r reads, at most ATTEND_STEP. */
DEVICE size_t
own(const struct attend_tile *t, size_t r, size_t p)
{
	size_t reads = attend_reads(t, r);

	reads = reads > p ? reads - p : 0;
	return reads < ATTEND_STEP ? reads : ATTEND_STEP;
}

/* Row r's scores in a step to weights: a warp's work. */
DEVICE void
softmax(const struct room *room, size_t r, size_t n)
{
	float *w = room->weight + r * ATTEND_STEP, sum = 0, shrink;
	float top = room->state[r].m;
	float old = top;

	for (size_t j = threadIdx.x % WARP; j < n; j += WARP)
		top = w[j] > top ? w[j] : top;
	for (int mask = WARP / 2; mask > 0; mask /= 2) {
		float other = lane_xor(top, mask);

		top = other > top ? other : top;
	}
	shrink = n > 0 ? expf(old - top) : 1;
	for (size_t j = threadIdx.x % WARP; j < n; j += WARP) {
		w[j] = expf(w[j] - top);
		sum += w[j];
	}
	for (int mask = WARP / 2; mask > 0; mask /= 2)
		sum += lane_xor(sum, mask);
	if (threadIdx.x % WARP == 0) {
		room->shrink[r] = shrink;
		room->state[r].l = fmaf(room->state[r].l, shrink, sum);
		room->state[r].m = top;
	}
}

/* The tile through the step at p, o (·) this thread's elements. */
DEVICE void
step(const struct forward *f, const struct room *room,
    const struct attend_tile *t, float *o, size_t p)
{
	size_t D = f->shape.shape.head_dim, n = own(t, t->n - 1, p);

	attend_load_keys(room->keys, &f->shape, t->s, t->g, p, n, f->cache, 0);
	SYNC();
	EACH_OF_BLOCK(i, t->n * ATTEND_STEP) {
		size_t r = i / ATTEND_STEP, j = i % ATTEND_STEP;

		if (j < own(t, r, p))
			room->weight[i] = attend_dot(room->q + r * D,
			    room->keys + j * (D + 1), D) * f->shape.scale;
	}
	SYNC();
	for (size_t r = threadIdx.x / WARP; r < t->n; r += WARPS)
		softmax(room, r, own(t, r, p));
	attend_load_keys(room->keys, &f->shape, t->s, t->g, p, n, f->cache, 1);
	SYNC();
	for (size_t i = 0; i < OUTS; i++) {
		size_t at = threadIdx.x + i * THREADS, r = at / D, d = at % D;
		size_t keys = r < t->n ? own(t, r, p) : 0;
		float sum = 0;

		for (size_t j = 0; j < keys; j++)
			sum = fmaf(room->weight[r * ATTEND_STEP + j],
			    room->keys[j * (D + 1) + d], sum);
		if (keys > 0)
			o[i] = fmaf(o[i], room->shrink[r], sum);
	}
	SYNC();
}

/* The tile through the span at p. */
DEVICE void
span(const struct forward *f, const struct room *room,
    const struct attend_tile *t, float *o, size_t p)
{
	size_t end = attend_reads(t, t->n - 1);

	end = end < p + SPAN ? end : p + SPAN;
	EACH_OF_BLOCK(r, ATTEND_ROWS) {
		room->state[r].m = -INFINITY;
		room->state[r].l = 0;
	}
	for (size_t i = 0; i < OUTS; i++)
		o[i] = 0;
	for (; p < end; p += ATTEND_STEP)
		step(f, room, t, o, p);
}

DEVICE void
store_part(const struct forward *f, const struct room *room,
    const struct attend_tile *t, const float *o, size_t number)
{
	size_t D = f->shape.shape.head_dim;

	for (size_t i = 0; i < OUTS; i++) {
		size_t at = threadIdx.x + i * THREADS, r = at / D, d = at % D;
		float *part;

		if (r >= t->n)
			break;
		part = f->parts + (attend_row(&f->shape, t, r) * f->spans +
		    number) * (D + 2);
		part[d] = o[i];
		if (d == 0) {
			part[D] = room->state[r].m;
			part[D + 1] = room->state[r].l;
		}
	}
}

DEVICE void
store(const struct forward *f, size_t row, size_t d, struct attend_softmax s,
    float o)
{
	size_t D = f->shape.shape.head_dim;

	element_store(f->out, f->shape.type, row * D + d, o * (1.0f / s.l));
	if (d == 0 && f->lse != NULL)
		f->lse[row] = s.m + logf(s.l);
}

/* All spans one after another. */
DEVICE void
whole(const struct forward *f, const struct room *room,
    const struct attend_tile *t)
{
	size_t D = f->shape.shape.head_dim;
	size_t reads = attend_reads(t, t->n - 1);
	float o[OUTS], all[OUTS];

	EACH_OF_BLOCK(r, ATTEND_ROWS) {
		room->all[r].m = -INFINITY;
		room->all[r].l = 0;
	}
	for (size_t i = 0; i < OUTS; i++)
		all[i] = 0;
	for (size_t p = 0; p < reads; p += SPAN) {
		span(f, room, t, o, p);
		EACH_OF_BLOCK(r, t->n)
			room->joint[r] = attend_join(&room->all[r],
			    room->state[r], ATTEND_E);
		SYNC();
		for (size_t i = 0; i < OUTS; i++) {
			size_t r = (threadIdx.x + i * THREADS) / D;

			if (r < t->n)
				all[i] = attend_join_out(room->joint[r],
				    all[i], o[i]);
		}
	}
	for (size_t i = 0; i < OUTS; i++) {
		size_t at = threadIdx.x + i * THREADS, r = at / D;

		if (r < t->n)
			store(f, attend_row(&f->shape, t, r), at % D,
			    room->all[r], all[i]);
	}
}

KERNEL(attend, forward)
{
	DYNAMIC(memory);
	struct room room = room_at(memory, a.shape.shape.head_dim);
	struct attend_tile t = attend_tile(&a.shape, blockIdx.x, blockIdx.y);
	float o[OUTS];

	if (t.n == 0)
		return;
	attend_load_rows(room.q, &a.shape, &t, a.q, a.shape.type);
	if (a.parts == NULL) {
		whole(&a, &room, &t);
	} else if ((size_t)blockIdx.z * SPAN < attend_reads(&t, t.n - 1)) {
		span(&a, &room, &t, o, (size_t)blockIdx.z * SPAN);
		store_part(&a, &room, &t, o, blockIdx.z);
	}
}

/* A block has a row of a head. */
KERNEL(merge, forward)
{
	size_t D = a.shape.shape.head_dim, row = blockIdx.x;
	size_t t = row / a.shape.shape.heads;
	size_t s = batch_sequence(&a.shape.b, t);
	size_t reads = a.shape.b.first[s] + (t - a.shape.b.start[s]) + 1;

	EACH_OF_BLOCK(d, D) {
		struct attend_softmax state = {-INFINITY, 0};
		float all = 0;

		for (size_t i = 0; i * SPAN < reads; i++) {
			const float *part = a.parts + (row * a.spans + i) *
			    (D + 2);
			struct attend_softmax other = {part[D], part[D + 1]};

			all = attend_join_out(attend_join(&state, other,
			    ATTEND_E), all, part[d]);
		}
		store(&a, row, d, state, all);
	}
}

void
cuda_attention_forward(struct kernels *k, void *out, float *lse, const void *q,
    const void *cache, enum dtype type, const struct attention_shape *shape,
    const struct batch *b)
{
	struct forward a = {out, lse, q, cache, attend_begin(type, shape, b,
	    ATTEND_ROWS), NULL, 0};
	size_t D = shape->head_dim, H = shape->heads;
	size_t tiles = packed_tiles(b, a.shape.positions);
	size_t lanes = shape->kv_heads * attend_chunks(&a.shape), z = 1;

	if (attend_tensor(type, shape)) {
		cuda_attention_forward_tensor(k, out, lse, q, cache, shape, b);
		return;
	}
	if (tiles * lanes < 2 * ((struct cuda *)k)->processors) {
		z = a.spans = (b->max_pages * KV_PAGE + SPAN - 1) / SPAN;
		a.parts = (float *)cuda_scratch(k, b->rows * H * a.spans *
		    (D + 2) * sizeof(float));
	}
	LAUNCH(k, attend, a, tiles, lanes, z, THREADS, room_bytes(D));
	if (a.parts != NULL)
		LAUNCH(k, merge, a, b->rows * H, 1, 1, THREADS, 0);
}
