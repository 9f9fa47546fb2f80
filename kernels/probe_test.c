/* The probe gives numbers whatever it is asked; no test can say which. */
#include "kernels/isa_test.h"

static void
test_probe(void **state)
{
	static const size_t bytes[] = {0, 0, 1 << 20};

	for (int threads = 1; threads <= 2; threads++) {
		struct kernels *k = isa_open(state, threads);
		struct kernel_limits l = {0};

		assert_int_equal(k->probe(k, &l, threads == 1 ? DTYPE_F32 :
		    DTYPE_BF16, bytes[threads]), 0);
		assert_true(l.flops > 0 && isfinite(l.flops));
		assert_true(l.bytes > 0 && isfinite(l.bytes));
		k->close(k);
	}
}

/* There is some, or we would not run. */
static void
test_memory(void **state)
{
	struct kernels *k = isa_open(state, 1);

	assert_true(k->memory_free(k) > 0);
	k->close(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_probe),
		ISA_TEST(test_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
