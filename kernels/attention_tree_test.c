/*
 * The backward of attention over trees of shared beginnings: the gradients
 * are those of the sequences written out in full, summed over the copies, and
 * have the same bits for any number of threads.  The forward's bits are those
 * of the sequences in full.
 */
#include "kernels/attention_world.h"

/* Roots, children and grandchildren, cut within words, pages and at ends. */
#define SEQUENCES 13
static const uint32_t parents[SEQUENCES] = {
	0, 0, 0, 0, 1, 1, 1, 7, 7, 9, 9, 0, 12,
};
static const size_t rows[SEQUENCES] = {
	100, 27, 70, 1, 65, 3, 4, 600, 20, 520, 40, 450, 64,
};

struct tree {
	uint32_t start[SEQUENCES + 1], first[SEQUENCES];
	size_t length[SEQUENCES]; /* with all ancestors */
	struct page_copy copies[SEQUENCES];
	size_t n;
	struct world *w; /* the sequences in full */
	float *qkv;      /* the tree's rows */
};

/* The tree's row of position p of sequence s. */
static size_t
tree_row(const struct tree *t, size_t s, size_t p)
{
	while (p < t->first[s])
		s = parents[s];
	return t->start[s] + p - t->first[s];
}

/* Pages of full blocks are the parent's; a divided one is to be copied. */
static void
tree_pages(struct tree *t)
{
	for (size_t s = 0; s < SEQUENCES; s++) {
		uint32_t *own = t->w->pages + s * t->w->max_pages;
		uint32_t *from = t->w->pages + parents[s] * t->w->max_pages;
		size_t full = t->first[s] / KV_PAGE;

		memcpy(own, from, full * sizeof(*own));
		if (t->first[s] % KV_PAGE != 0)
			t->copies[t->n++] = (struct page_copy){own[full],
			    from[full], t->first[s] % KV_PAGE};
	}
}

static void
tree_new(struct tree *t, enum dtype type, const struct attention_shape *a)
{
	size_t width;

	memset(t, 0, sizeof(*t));
	for (size_t s = 0; s < SEQUENCES; s++) {
		t->start[s + 1] = t->start[s] + (uint32_t)rows[s];
		if (parents[s] != s)
			t->first[s] = (uint32_t)t->length[parents[s]];
		t->length[s] = t->first[s] + rows[s];
	}
	t->w = world_new(type, a->heads, a->kv_heads, a->head_dim, t->length,
	    SEQUENCES);
	width = t->w->width;
	t->qkv = malloc(t->start[SEQUENCES] * width * sizeof(float));
	memcpy(t->qkv, t->w->qkv, t->start[SEQUENCES] * width * sizeof(float));
	for (size_t s = 0; s < SEQUENCES; s++)
		for (size_t p = 0; p < t->length[s]; p++)
			memcpy(t->w->qkv + (t->w->offset[s] + p) * width,
			    t->qkv + tree_row(t, s, p) * width,
			    width * sizeof(float));
}

static void
tree_free(struct tree *t)
{
	world_free(t->w);
	free(t->qkv);
}

/* Forward and backward; out stays in the type. */
static void
tree_run(struct kernels *k, struct tree *t, struct result *r,
    const float *dout)
{
	const struct world *w = t->w;
	size_t T = t->start[SEQUENCES], n = T * w->a.heads * w->a.head_dim;
	struct batch b = {T, SEQUENCES, NULL, t->start, t->first, w->pages,
	    w->max_pages, parents};
	void *cache = nan_cache(k, w), *q = malloc(n * 4);
	void *out = malloc(n * 4);

	k->rope_forward(k, q, cache, t->qkv, w->rope, NULL, NULL, 0, w->type,
	    &w->a, &b);
	k->kv_copy(k, cache, w->type, &w->a, t->copies, t->n);
	k->attention_forward(k, out, r->lse, q, cache, w->type, &w->a, &b);
	memset(r->dqkv, 0xFF, T * w->width * sizeof(float));
	k->attention_backward(k, r->dqkv, dout, out, r->lse, q, cache, w->type,
	    &w->a, &b);
	widen(k, r->out, out, w->type, n);
	free(q);
	free(out);
	k->free(k, cache);
}

/* Every row's share of the loss counts in one copy only, its own sequence's. */
static float *
full_dout(const struct tree *t, const float *dout)
{
	size_t HD = t->w->a.heads * t->w->a.head_dim;
	float *full = calloc(t->w->rows * HD, sizeof(*full));

	for (size_t s = 0; s < SEQUENCES; s++)
		memcpy(full + (t->w->offset[s] + t->first[s]) * HD,
		    dout + t->start[s] * HD, rows[s] * HD * sizeof(*full));
	return full;
}

/* fp32 sums over up to some thousand rows, in another order. */
static void
same_gradients(const struct tree *t, const float *got, const float *full)
{
	size_t n = t->w->width, m = t->start[SEQUENCES] * n;
	double *want = calloc(m, sizeof(*want));

	for (size_t s = 0; s < SEQUENCES; s++)
		for (size_t p = 0; p < t->length[s]; p++)
			for (size_t i = 0; i < n; i++)
				want[tree_row(t, s, p) * n + i] +=
				    full[(t->w->offset[s] + p) * n + i];
	for (size_t i = 0; i < m; i++)
		if (!(fabs(got[i] - want[i]) <= 1e-5 * (1 + fabs(want[i]))))
			fail_msg("row %zu, element %zu: %.9g, not %.9g", i / n,
			    i % n, got[i], want[i]);
	free(want);
}

static void
check_tree(struct kernels *k, enum dtype type, const struct attention_shape *a)
{
	struct tree t;
	struct result *full, *want, *got;
	size_t n, HD = a->heads * a->head_dim;
	float *dout, *dfull;

	tree_new(&t, type, a);
	n = t.start[SEQUENCES] * HD;
	full = result_new(t.w);
	want = result_new(t.w);
	got = result_new(t.w);
	dout = malloc(n * sizeof(*dout));
	for (size_t i = 0; i < n; i++)
		dout[i] = uniform(&t.w->state);
	dfull = full_dout(&t, dout);
	k->threads = 2;
	run(k, t.w, full, whole, 1, dfull);
	tree_pages(&t);
	k->threads = 1;
	tree_run(k, &t, want, dout);
	same_gradients(&t, want->dqkv, full->dqkv);
	for (size_t s = 0; s < SEQUENCES; s++) {
		size_t from = t.w->offset[s] + t.first[s];

		assert_memory_equal(want->out + t.start[s] * HD,
		    full->out + from * HD, rows[s] * HD * sizeof(float));
		assert_memory_equal(want->lse + t.start[s] * a->heads,
		    full->lse + from * a->heads,
		    rows[s] * a->heads * sizeof(float));
	}
	for (k->threads = 2; k->threads <= 4; k->threads++) {
		tree_run(k, &t, got, dout);
		assert_memory_equal(got->out, want->out, n * sizeof(float));
		assert_memory_equal(got->dqkv, want->dqkv,
		    t.start[SEQUENCES] * t.w->width * sizeof(float));
	}
	result_free(full);
	result_free(want);
	result_free(got);
	free(dout);
	free(dfull);
	tree_free(&t);
}

static void
test_tree(void **state)
{
	static const struct attention_shape few[] = {{4, 2, 6}, {3, 1, 64}};

	for (size_t i = 0; i < sizeof(isas) / sizeof(*isas); i++) {
		struct kernels *k;

		setenv("EMPG_ISA", isas[i], 1);
		if ((k = kernels_cpu(1)) == NULL) {
			/* Portable code runs everywhere. */
			assert_int_not_equal(i, 0);
			continue;
		}
		for (size_t j = 0; j < sizeof(few) / sizeof(*few); j++)
			check_tree(k, *(enum dtype *)*state, &few[j]);
		k->close(k);
	}
}

int
main(void)
{
	static enum dtype f32 = DTYPE_F32, half = DTYPE_BF16;
	const struct CMUnitTest tests[] = {
		{"test_tree f32", test_tree, NULL, NULL, &f32},
		{"test_tree bf16", test_tree, NULL, NULL, &half},
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
