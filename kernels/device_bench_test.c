/*
 * The device's bench on a tiny model, so that a GPU's time is not lent to one
 * that fails there: it gives operations the device's memory, and the emulated
 * GPU says where a kernel is given other memory.
 */
#include "kernels/device_test.h"

#include <sys/wait.h>
#include <unistd.h>

int device_bench_main(int argc, char **argv);
#define main device_bench_main
#include "kernels/device_bench.c"
#undef main

static void
test_bench(void **state)
{
	assert_int_equal(run(*state, shape_of("tiny")), 0);
}

/* In a child, as it ends the program. */
static void
test_host_memory(void **state)
{
	static const uint32_t index[1];
	struct kernels *k = *state;
	float *p = device_unset(k, sizeof(*p));
	float *q = device_unset(k, sizeof(*q));
	int status;
	pid_t child;

	if (!device_emulated() || !EMULATE_CHECKS)
		skip();
	fflush(NULL);
	child = fork();
	if (child == 0) {
		k->gather(k, p, q, index, 1, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	k->free(k, p);
	k->free(k, q);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_bench, k),
		cmocka_unit_test_prestate(test_host_memory, k),
	};

	DEVICE_MAIN(k, tests);
}
