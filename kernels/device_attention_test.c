/*
 * The CUDA backend's rotary embedding and attention, forward and backward, over
 * trees of sequences in shuffled pages of NaNs, against the CPU's; and its
 * forward against itself: the same bits in one pass and in many.
 */
#include "kernels/device_test.h"

#define EPS 1e-5f

/* A batch with its arrays on the host. */
struct tree {
	struct batch b;
	uint32_t start[16], first[16], parent[16];
	uint32_t *pages;
	struct page_copy copies[16];
	size_t copy_count, positions; /* of the longest */
};

static size_t
tree_pages(const struct tree *t)
{
	return t->b.sequences * t->b.max_pages;
}

/* rows (S) and parents (S); pages of full blocks are the parent's. */
static void
tree_new(struct tree *t, const size_t *rows, const uint32_t *parents, size_t S)
{
	uint32_t page = 0;

	memset(t, 0, sizeof(*t));
	for (size_t s = 0; s < S; s++) {
		uint32_t p = parents[s];

		t->parent[s] = p;
		t->start[s + 1] = t->start[s] + (uint32_t)rows[s];
		if (p != s)
			t->first[s] = t->first[p] + (uint32_t)rows[p];
		if (t->first[s] + rows[s] > t->positions)
			t->positions = t->first[s] + rows[s];
	}
	t->b = (struct batch){t->start[S], S, NULL, t->start, t->first, NULL,
	    t->positions / KV_PAGE + 2, t->parent};
	t->pages = isa_alloc(S * t->b.max_pages * sizeof(*t->pages));
	for (size_t s = 0; s < S; s++) {
		uint32_t *own = t->pages + s * t->b.max_pages;
		uint32_t *from = t->pages + t->parent[s] * t->b.max_pages;
		size_t full = t->first[s] / KV_PAGE;

		for (size_t i = 0; i < t->b.max_pages; i++)
			own[i] = i < full ? from[i] :
			    (uint32_t)tree_pages(t) - 1 - page++;
		if (t->first[s] % KV_PAGE != 0)
			t->copies[t->copy_count++] = (struct page_copy){
			    own[full], from[full], t->first[s] % KV_PAGE};
	}
	t->b.pages = t->pages;
}

/* Its arrays on a device. */
struct placed {
	struct batch b;
	struct page_copy *copies;
};

static struct placed
place(struct kernels *k, const struct batch *b, const struct page_copy *copies,
    size_t n)
{
	size_t S = b->sequences;
	struct placed p = {.b = *b};

	p.b.start = device_put(k, b->start, (S + 1) * 4);
	p.b.first = device_put(k, b->first, S * 4);
	p.b.pages = device_put(k, b->pages, S * b->max_pages * 4);
	p.b.parent = device_put(k, b->parent, S * 4);
	p.copies = device_put(k, copies, n * sizeof(*copies));
	return p;
}

static void
unplace(struct kernels *k, struct placed *p)
{
	k->free(k, (void *)(uintptr_t)p->b.start);
	k->free(k, (void *)(uintptr_t)p->b.first);
	k->free(k, (void *)(uintptr_t)p->b.pages);
	k->free(k, (void *)(uintptr_t)p->b.parent);
	k->free(k, p->copies);
}

/* Angles of positions by D/2 frequencies. */
static float *
angles(struct kernels *k, size_t positions, size_t D)
{
	float *x = isa_alloc(positions * D * sizeof(*x)), *out;

	for (size_t p = 0; p < positions; p++)
		for (size_t d = 0; d < D / 2; d++) {
			double angle = (double)p * pow(1e4, -2.0 * (double)d /
			    (double)D);

			x[p * D + d] = (float)cos(angle);
			x[p * D + D / 2 + d] = (float)sin(angle);
		}
	out = device_put(k, x, positions * D * sizeof(*x));
	free(x);
	return out;
}

static void
run(struct kernels *k, struct results *r, const struct tree *t,
    enum dtype type, const struct attention_shape *a, int norms)
{
	struct placed p = place(k, &t->b, t->copies, t->copy_count);
	size_t T = t->b.rows, D = a->head_dim, H = a->heads;
	size_t width = (H + 2 * a->kv_heads) * D, unit = isa_size(type);
	float *qkv = device_random(k, DTYPE_F32, T * width, 2, 1);
	float *dout = device_random(k, DTYPE_F32, T * H * D, 1, 2);
	float *norm[4], *rope = angles(k, t->positions, D);
	float *lse = device_unset(k, T * H * sizeof(*lse));
	float *dqkv = device_unset(k, T * width * sizeof(*dqkv));
	void *cache = device_unset(k, tree_pages(t) * k->kv_page_bytes(type,
	    a));
	void *q = device_unset(k, T * H * D * unit);
	void *out = device_unset(k, T * H * D * unit);
	void *din = device_unset(k, T * width * unit);

	for (size_t i = 0; i < 4; i++)
		norm[i] = device_random(k, DTYPE_F32, D, 1, 3 + i);
	k->rope_forward(k, q, cache, qkv, rope, norms ? norm[0] : NULL,
	    norms ? norm[1] : NULL, EPS, type, a, &p.b);
	k->kv_copy(k, cache, type, a, p.copies, t->copy_count);
	k->attention_forward(k, out, NULL, q, cache, type, a, &p.b);
	k->attention_forward(k, out, lse, q, cache, type, a, &p.b);
	k->attention_backward(k, dqkv, dout, out, lse, q, cache, type, a,
	    &p.b);
	k->rope_backward(k, din, norm[2], norm[3], dqkv, norms ? qkv : NULL,
	    rope, norms ? norm[0] : NULL, norms ? norm[1] : NULL, EPS, type, a,
	    &p.b);
	device_keep(k, r, q, type, T * H * D);
	device_keep(k, r, out, type, T * H * D);
	device_keep(k, r, lse, DTYPE_F32, T * H);
	device_keep(k, r, dqkv, DTYPE_F32, T * width);
	device_keep(k, r, din, type, T * width);
	device_keep(k, r, norm[2], DTYPE_F32, D);
	device_keep(k, r, norm[3], DTYPE_F32, D);
	for (size_t i = 0; i < 4; i++)
		k->free(k, norm[i]);
	unplace(k, &p);
	k->free(k, qkv);
	k->free(k, dout);
	k->free(k, rope);
	k->free(k, lse);
	k->free(k, dqkv);
	k->free(k, cache);
	k->free(k, q);
	k->free(k, out);
	k->free(k, din);
}

/* In both types; heads of 64 and 128, other kernels' in bf16, in it only. */
static void
compare(struct kernels *gpu, const struct tree *t,
    const struct attention_shape *a, int norms)
{
	struct kernels *cpu = kernels_cpu(1);

	assert_non_null(cpu);
	for (int bf16 = a->head_dim % 64 == 0 && a->head_dim < 256; bf16 < 2;
	    bf16++) {
		enum dtype type = bf16 ? DTYPE_BF16 : DTYPE_F32;
		struct results x = {0}, y = {0}, want = {0};
		char what[64];

		snprintf(what, sizeof(what), "H %zu G %zu D %zu bf16 %d",
		    a->heads, a->kv_heads, a->head_dim, bf16);
		run(gpu, &x, t, type, a, norms);
		run(gpu, &y, t, type, a, norms);
		run(cpu, &want, t, type, a, norms);
		device_equal(&x, &y);
		device_near(&x, &want, device_limit(type), what);
		device_forget(&x);
		device_forget(&y);
		device_forget(&want);
	}
	cpu->close(cpu);
}

static void
test_shapes(void **state)
{
	static const struct attention_shape shapes[] = {
		{1, 1, 2}, {4, 2, 6}, {3, 1, 24}, {9, 3, 64}, {5, 1, 128},
		{20, 1, 8}, {1, 1, 80}, {2, 2, 256}, {66, 1, 64},
	};
	static const size_t rows[] = {3, 1, 66};
	static const uint32_t roots[] = {0, 1, 2};
	struct tree t;

	tree_new(&t, rows, roots, 3);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		compare(*state, &t, &shapes[i], (int)i % 2);
	free(t.pages);
}

/* Cut within pages, and at their ends; spans of several pages. */
static void
test_trees(void **state)
{
	static const size_t rows[] = {100, 27, 70, 1, 300, 3, 64, 20, 40};
	static const uint32_t parents[] = {0, 0, 0, 3, 1, 4, 4, 6, 2};
	static const struct attention_shape shapes[] = {
		{4, 2, 16}, {6, 2, 64}, {2, 1, 128},
	};
	struct tree t;

	tree_new(&t, rows, parents, 9);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		compare(*state, &t, &shapes[i], i == 0);
	free(t.pages);
}

/* Long rows, odd ones and one behind another; a GPU's. */
static void
test_long(void **state)
{
	static const size_t rows[] = {1500, 1, 2049, 333, 700};
	static const uint32_t parents[] = {0, 1, 2, 0, 2};
	static const struct attention_shape shapes[] = {
		{14, 2, 64}, {12, 2, 128}, {28, 4, 128}, {5, 1, 80},
	};
	struct tree t;

	if (!device_large())
		return;
	tree_new(&t, rows, parents, 5);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		compare(*state, &t, &shapes[i], 0);
	free(t.pages);
}

/* Rows first … first+count-1 of sequences of `length`, into out (·, H·D). */
static void
pass(struct kernels *k, float *out, const struct tree *t, void *cache,
    const float *qkv, const float *rope, enum dtype type,
    const struct attention_shape *a, const uint32_t *first,
    const uint32_t *count)
{
	size_t HD = a->heads * a->head_dim, S = t->b.sequences, T = 0;
	size_t width = (a->heads + 2 * a->kv_heads) * a->head_dim;
	float *rows = isa_alloc(t->b.rows * width * sizeof(*rows)), *in;
	uint32_t start[16] = {0};
	struct results r = {0};
	struct placed p;
	struct batch b = t->b;
	void *q, *o;

	for (size_t s = 0; s < S; s++) {
		memcpy(rows + T * width, qkv + (t->start[s] + first[s]) *
		    width, count[s] * width * sizeof(*rows));
		T += count[s];
		start[s + 1] = (uint32_t)T;
	}
	b.rows = T;
	b.start = start;
	b.first = first;
	p = place(k, &b, NULL, 0);
	in = device_put(k, rows, T * width * sizeof(*rows));
	q = device_unset(k, T * HD * isa_size(type));
	o = device_unset(k, T * HD * isa_size(type));
	k->rope_forward(k, q, cache, in, rope, NULL, NULL, 0, type, a, &p.b);
	k->attention_forward(k, o, NULL, q, cache, type, a, &p.b);
	device_keep(k, &r, o, type, T * HD);
	for (size_t s = 0; s < S; s++)
		memcpy(out + (t->start[s] + first[s]) * HD, r.v[0] +
		    start[s] * HD, count[s] * HD * sizeof(*out));
	device_forget(&r);
	unplace(k, &p);
	k->free(k, in);
	k->free(k, q);
	k->free(k, o);
	free(rows);
}

/* All sequences in steps of so many rows; out (T, H·D). */
static float *
steps(struct kernels *k, const struct tree *t, enum dtype type,
    const struct attention_shape *a, size_t step)
{
	size_t T = t->b.rows, S = t->b.sequences;
	size_t width = (a->heads + 2 * a->kv_heads) * a->head_dim;
	float *qkv = isa_random(T * width, 2, 1);
	float *rope = angles(k, t->positions, a->head_dim);
	float *out = isa_alloc(T * a->heads * a->head_dim * sizeof(*out));
	void *cache = device_unset(k, tree_pages(t) * k->kv_page_bytes(type,
	    a));
	uint32_t first[16] = {0}, count[16];
	size_t left = T;

	while (left > 0) {
		for (size_t s = 0; s < S; s++) {
			size_t n = t->start[s + 1] - t->start[s] - first[s];

			count[s] = (uint32_t)(n < step ? n : step);
			left -= count[s];
		}
		pass(k, out, t, cache, qkv, rope, type, a, first, count);
		for (size_t s = 0; s < S; s++)
			first[s] += count[s];
	}
	free(qkv);
	k->free(k, rope);
	k->free(k, cache);
	return out;
}

static void
check_invariance(struct kernels *k, enum dtype type,
    const struct attention_shape *a)
{
	static const size_t rows[] = {300, 1, 66}, step[] = {1, 37, 130};
	static const uint32_t roots[] = {0, 1, 2};
	struct tree t;
	float *all;

	tree_new(&t, rows, roots, 3);
	all = steps(k, &t, type, a, SIZE_MAX);
	for (size_t i = 0; i < sizeof(step) / sizeof(*step); i++) {
		float *some = steps(k, &t, type, a, step[i]);

		assert_memory_equal(some, all, t.b.rows * a->heads *
		    a->head_dim * sizeof(*all));
		free(some);
	}
	free(all);
	free(t.pages);
}

static void
test_invariance(void **state)
{
	static const struct attention_shape shapes[] = {
		{3, 1, 8}, {3, 1, 64}, {2, 1, 128},
	};

	check_invariance(*state, DTYPE_F32, &shapes[0]);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		check_invariance(*state, DTYPE_BF16, &shapes[i]);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_shapes, k),
		cmocka_unit_test_prestate(test_trees, k),
		cmocka_unit_test_prestate(test_long, k),
		cmocka_unit_test_prestate(test_invariance, k),
	};

	DEVICE_MAIN(k, tests);
}
