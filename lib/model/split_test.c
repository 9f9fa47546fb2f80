/*
 * Cut batches: the rows and the cache have the bits of one thread's, and what
 * can't or shouldn't be cut is left whole.
 */
#include "lib/model/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/toy_test.h"
#include "lib/model/transformer.h"

#define MOST 160 /* rows */
#define PAGES 8  /* of a sequence */

static const struct architecture plain = {.model_type = "plain",
    .qkv_bias = 1};

/* Sequences of these rows, behind `first` positions that are in the cache. */
struct shape {
	size_t sequences;
	uint32_t rows[64], first[64];
};

struct lists {
	int32_t tokens[MOST];
	uint32_t start[65], pages[64 * PAGES];
};

static struct batch
batch_of(const struct shape *s, struct lists *l)
{
	struct batch b = {.sequences = s->sequences, .tokens = l->tokens,
	    .start = l->start, .first = s->first, .pages = l->pages,
	    .max_pages = PAGES};

	l->start[0] = 0;
	for (size_t i = 0; i < s->sequences; i++) {
		l->start[i + 1] = l->start[i] + s->rows[i];
		for (size_t p = 0; p < PAGES; p++)
			l->pages[i * PAGES + p] = (uint32_t)(i * PAGES + p);
	}
	b.rows = l->start[s->sequences];
	assert_true(b.rows <= MOST);
	for (size_t t = 0; t < b.rows; t++)
		l->tokens[t] = (int32_t)(t * 7 % 61);
	return b;
}

/* The layers' output (rows, C) and all caches behind it; whether it was cut. */
static float *
compute(int threads, enum dtype type, const struct config *c,
    const struct batch *b, int independent, size_t *bytes, int *cut)
{
	struct error err = {0};
	struct kernels *k = kernels_cpu(threads);
	struct model *m = toy_model_of(k, c, type, 0, &err);
	size_t pages = b->sequences * PAGES, rows = b->rows * c->hidden * 4;
	struct workspace *w = workspace_new(m, WORKSPACE_SAMPLE, MOST,
	    b->sequences, pages, &err);
	size_t cache = pages * k->kv_page_bytes(type, &m->attention);
	char *out;

	assert_non_null(w);
	*bytes = rows + c->layers * cache;
	out = malloc(*bytes);
	for (size_t i = 0; i < c->layers; i++) /* what `first` reads */
		for (size_t j = 0; j < cache; j++)
			((unsigned char *)w->cache[i])[j] = j % 4 < 2 ? 0 : 60;
	w->split = split_new(w);
	w->independent = independent;
	transformer_forward(w, b);
	*cut = w->cut;
	memcpy(out, w->out, rows);
	for (size_t i = 0; i < c->layers; i++)
		memcpy(out + rows + i * cache, w->cache[i], cache);
	workspace_free(w);
	model_free(m);
	k->close(k);
	return (float *)(void *)out;
}

static void
check(const struct shape *s, int threads, int expected)
{
	struct config configs[] = {toy_config(), toy_wide(), toy_config(),
	    toy_config()};
	struct lists lists;
	struct batch b = batch_of(s, &lists);

	configs[2].arch = configs[3].arch = &plain; /* keeps queries apart */
	configs[3].hidden = 64; /* more than the heads have */
	for (size_t i = 0; i < 8; i++) {
		enum dtype type = i % 2 ? DTYPE_BF16 : DTYPE_F32;
		size_t bytes;
		int cut;
		const struct config *c = &configs[i / 2];
		float *want = compute(1, type, c, &b, 1, &bytes, &cut), *got;

		assert_false(cut);
		got = compute(threads, type, c, &b, 1, &bytes, &cut);
		assert_int_equal(cut, expected);
		assert_memory_equal(got, want, bytes);
		free(got);
		free(want);
	}
}

static struct shape
decoding(size_t sequences)
{
	struct shape s = {.sequences = sequences};

	for (size_t i = 0; i < sequences; i++) {
		s.rows[i] = 1;
		s.first[i] = (uint32_t)(i * 3);
	}
	return s;
}

static void
test_decoding(void **state)
{
	struct shape few = decoding(31), some = decoding(32);
	struct shape many = decoding(63);

	(void)state;
	check(&few, 2, 0);
	check(&some, 2, 1);
	check(&some, 3, 0);
	check(&many, 2, 1);
	check(&many, 3, 1);
}

/* Prompts among them: parts of so many rows as sequences allow. */
static void
test_prompts(void **state)
{
	struct shape even = decoding(40), long_one = decoding(20);
	struct shape last = decoding(40);

	(void)state;
	even.rows[3] = 30;
	even.rows[30] = 37;
	check(&even, 2, 1);
	check(&even, 3, 0);
	even.rows[30] = 20;
	check(&even, 3, 1);
	long_one.rows[7] = 120;
	check(&long_one, 2, 0);
	last.rows[39] = 80;
	check(&last, 2, 0);
}

static void
test_dependent(void **state)
{
	struct shape s = decoding(40);
	struct lists lists;
	struct batch b = batch_of(&s, &lists);
	struct config c = toy_config();
	size_t bytes;
	int cut;

	(void)state;
	free(compute(2, DTYPE_F32, &c, &b, 0, &bytes, &cut));
	assert_false(cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decoding),
	    cmocka_unit_test(test_prompts),
	    cmocka_unit_test(test_dependent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
