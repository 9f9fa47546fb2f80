/*
 * The batch invariance that kernels.h promises: prefill, decode, chunks of
 * any size and any number of threads give a row the same bits.
 */
#include "kernels/attention_world.h"

/* Positions of a page that is not full. */
#define HEAD (KV_PAGE / 2 + 9)

static void
check_invariance(struct kernels *k, struct world *w)
{
	static const size_t one[] = {1}, seven[] = {7}, many[] = {33, 1, 70, 0};
	static const struct {
		const size_t *chunk;
		size_t chunks;
		int threads;
	} ways[] = {
		{whole, 1, 2}, {whole, 1, 3}, {one, 1, 1},
		{seven, 1, 2}, {many, 4, 2},
	};
	size_t HD = w->a.heads * w->a.head_dim;
	float *dout = malloc(w->rows * HD * sizeof(float));
	struct result *want = result_new(w);

	for (size_t i = 0; i < w->rows * HD; i++)
		dout[i] = uniform(&w->state);
	k->threads = 1;
	run(k, w, want, whole, 1, dout);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		int all = ways[i].chunk == whole;
		struct result *got = result_new(w);

		k->threads = ways[i].threads;
		run(k, w, got, ways[i].chunk, ways[i].chunks,
		    all ? dout : NULL);
		assert_memory_equal(got->out, want->out, w->rows * HD * 4);
		assert_memory_equal(got->lse, want->lse,
		    w->rows * w->a.heads * 4);
		if (all)
			assert_memory_equal(got->dqkv, want->dqkv,
			    w->rows * w->width * 4);
		result_free(got);
	}
	free(dout);
	result_free(want);
}

static void
test_invariance(void **state)
{
	static const size_t length[] = {131, 1, 64, 20, 200, 65};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (shapes[i].D <= 64)
			each_isa(check_invariance, *(enum dtype *)*state,
			    shapes[i].H, shapes[i].G, shapes[i].D, length, 6);
}

/* A copied page reads as its source does. */
static void
check_copy(struct kernels *k, struct world *w)
{
	struct result *a = result_new(w), *b = result_new(w);
	uint32_t first = 0, count = HEAD, page = w->pages[0];
	void *cache = nan_cache(k, w);

	step(k, w, cache, a, &first, &count, NULL);
	first = HEAD;
	count = 2;
	k->kv_copy(k, cache, w->type, &w->a,
	    &(struct page_copy){w->pages[1], page, HEAD}, 1);
	w->pages[0] = w->pages[1];
	step(k, w, cache, b, &first, &count, NULL);
	w->pages[0] = page;
	step(k, w, cache, a, &first, &count, NULL);
	for (size_t i = HEAD * w->a.heads; i < (HEAD + 2) * w->a.heads; i++)
		assert_memory_equal(a->out + i * w->a.head_dim,
		    b->out + i * w->a.head_dim, w->a.head_dim * 4);
	k->free(k, cache);
	result_free(a);
	result_free(b);
}

static void
test_copy(void **state)
{
	static const size_t length[] = {HEAD + 2};

	each_isa(check_copy, *(enum dtype *)*state, 4, 2, 24, length, 1);
}

int
main(void)
{
	static enum dtype f32 = DTYPE_F32, half = DTYPE_BF16;
	const struct CMUnitTest tests[] = {
		{"test_invariance f32", test_invariance, NULL, NULL, &f32},
		{"test_invariance bf16", test_invariance, NULL, NULL, &half},
		{"test_copy f32", test_copy, NULL, NULL, &f32},
		{"test_copy bf16", test_copy, NULL, NULL, &half},
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
