/* What passes cost, against sums by hand for the toy model. */
#include "lib/model/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/model/toy_test.h"

/* Two layers of qkv (64, 32), o (32, 32), gate_up (96, 32), down (32, 48). */
#define LAYERS (2.0 * (64 * 32 + 32 * 32 + 96 * 32 + 32 * 48))
#define HEAD (67.0 * 32)

static void
test_add(void **state)
{
	struct cost_work w = {0}, sum = {1, 1, 1, 1, 1};

	(void)state;
	cost_add(&w, 0, 3, 0); /* rows that see 1, 2 and 3 positions */
	cost_add(&w, 9, 1, 4); /* and 10, of which 6 are its own */
	assert_int_equal(w.rows, 4);
	assert_int_equal(w.keys, 16);
	assert_int_equal(w.cached, 9);
	w.passes = 2;
	w.logits = 5;
	cost_sum(&sum, &w);
	assert_int_equal(sum.passes, 3);
	assert_int_equal(sum.rows, 5);
	assert_int_equal(sum.logits, 6);
	assert_int_equal(sum.keys, 17);
	assert_int_equal(sum.cached, 10);
}

static void
test_forward(void **state)
{
	const struct cost_work w = {.passes = 3, .rows = 5, .logits = 2,
	    .keys = 16, .cached = 13};
	struct error err = {0};
	struct kernels *k = kernels_cpu(1);

	(void)state;
	for (int bf16 = 0; bf16 < 2; bf16++) {
		struct model *m = toy_model(k, bf16 ? DTYPE_BF16 : DTYPE_F32, 0,
		    &err);
		double unit = bf16 ? 2 : 4;
		struct cost c = cost_forward(m, &w);

		/* Scores and weighted sums, two layers of four heads of 8. */
		assert_true(c.flops == 2 * LAYERS * 5 + 2 * HEAD * 2 +
		    2 * 2 * 2 * 4 * 8 * 16.0);
		/* Keys and values, two layers of two heads of 8. */
		assert_true(c.bytes == 3 * (LAYERS + HEAD) * unit +
		    13 * 2 * 2 * 2 * 8 * unit);
		assert_true(cost_weights(m) == (LAYERS + HEAD) * unit);
		model_free(m);
	}
	k->close(k);
}

static void
test_update(void **state)
{
	const struct cost_work w = {.passes = 3, .rows = 5, .logits = 2,
	    .keys = 16};
	struct error err = {0};
	struct kernels *k = kernels_cpu(1);

	(void)state;
	for (int bf16 = 0; bf16 < 2; bf16++) {
		struct model *m = toy_model(k, bf16 ? DTYPE_BF16 : DTYPE_F32, 0,
		    &err);
		double unit = bf16 ? 2 : 4;
		struct cost c = cost_update(m, &w, 2);

		assert_true(c.flops == 6 * LAYERS * 5 + 6 * HEAD * 2 +
		    12 * 2 * 4 * 8 * 16.0);
		/* Per pass W twice and its gradient; four arenas a step. */
		assert_true(c.bytes == 3 * (LAYERS + HEAD) * (2 * unit + 8) +
		    2 * 4 * 8 * (double)m->parameters.total);
		model_free(m);
	}
	k->close(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_update),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
