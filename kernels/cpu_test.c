/* The CPU backend's memory and its choice of instructions. */
#include "kernels/isa_test.h"

#include <omp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/cpu/cpu.h"

#define ISA portable
#include "kernels/cpu/isa/ops.h"

static void
test_choice(void **state)
{
	struct kernels *k;

	(void)state;
	setenv("EMPG_ISA", "sparc", 1);
	assert_null(kernels_cpu(1));
	setenv("EMPG_ISA", "portable", 1);
	k = kernels_cpu(3);
	assert_non_null(k);
	assert_string_equal(k->name, "cpu portable");
	assert_int_equal(k->threads, 3);
	k->close(k);
	unsetenv("EMPG_ISA");
	k = kernels_cpu(0);
	assert_non_null(k);
	assert_int_equal(k->threads, omp_get_num_procs());
	k->close(NULL);
	k->close(k);
}

#define OP_CHECK(name) assert_ptr_not_equal(k->name, NULL);

static void
test_table(void **state)
{
	struct kernels *k = isa_open(state, 1);
	char name[64];

	snprintf(name, sizeof(name), "cpu %s", (const char *)*state);
	assert_string_equal(k->name, name);
	OPS_ROWS(OP_CHECK)
	OPS_MATMUL(OP_CHECK)
	OPS_ATTENTION(OP_CHECK)
	k->close(k);
}

static void
test_memory(void **state)
{
	struct kernels *k = isa_open(state, 1);
	char in[300], out[300];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 3 + 1);
	for (size_t n = 0; n <= sizeof(in); n += 37) {
		char *a = k->alloc(k, n), *b = k->alloc(k, n);

		assert_non_null(a);
		assert_int_equal((uintptr_t)a % 64, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(a[i], 0);
		k->upload(k, a, in, n);
		k->copy(k, b, a, n);
		k->zero(k, a, n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(a[i], 0);
		k->download(k, out, b, n);
		assert_memory_equal(out, in, n);
		k->free(k, a);
		k->free(k, b);
	}
	k->free(k, NULL);
	assert_null(k->alloc(k, SIZE_MAX));
	k->close(k);
}

static void
test_scratch(void **state)
{
	struct kernels *k = isa_open(state, 1);
	char *p = cpu_scratch(k, 100), *q;

	memset(p, 1, 100);
	assert_ptr_equal(cpu_scratch(k, 50), p);
	q = cpu_scratch(k, 1000000);
	assert_int_equal((uintptr_t)q % 64, 0);
	memset(q, 1, 1000000);
	k->close(k);
}

static void
leave(size_t bytes)
{
	_exit(bytes == SIZE_MAX ? 7 : 1);
}

static void
test_exhausted(void **state)
{
	struct kernels *k = isa_open(state, 1);
	int status;
	pid_t child = fork();

	if (child == 0) {
		k->exhausted = leave;
		cpu_scratch(k, SIZE_MAX);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	k->close(k);
}

struct seen {
	int calls[5];
	struct kernels *worker[5];
	void *scratch[5];
};

static void
see(void *arg, size_t i, struct kernels *worker)
{
	struct seen *seen = arg;

	seen->calls[i]++;
	seen->worker[i] = worker;
	seen->scratch[i] = cpu_scratch(worker, 100);
}

/* More than there are threads, and more the second time. */
static void
test_each(void **state)
{
	struct kernels *k = isa_open(state, 2);

	k->exhausted = leave;
	for (size_t n = 3; n <= 5; n += 2) {
		struct seen seen = {0};

		k->each(k, n, see, &seen);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(seen.calls[i], 1);
			assert_int_equal(seen.worker[i]->threads, 1);
			assert_ptr_equal(seen.worker[i]->matmul, k->matmul);
			assert_ptr_equal(seen.worker[i]->exhausted, leave);
			for (size_t j = 0; j < i; j++)
				assert_ptr_not_equal(seen.scratch[i],
				    seen.scratch[j]);
		}
	}
	k->close(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		ISA_TEST(test_table),
		ISA_TEST(test_memory),
		ISA_TEST(test_scratch),
		ISA_TEST(test_exhausted),
		ISA_TEST(test_each),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
