/* Loading a backend: one of another build is refused. */
#include "kernels/isa_test.h"

#include <unistd.h>

#include "kernels/plugin.h"

/* testdata/other_plugin.c, beside the folder that this program is in. */
static void
other_plugin(const char *differs, char *why, size_t size)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);

	assert_true(n > 0);
	path[n] = '\0';
	strcpy(strrchr(path, '/'), "/../other-plugin.so");
	setenv("EMPG_CUDA", path, 1);
	setenv("OTHER_PLUGIN", differs, 1);
	assert_null(kernels_cuda(0, why, size));
}

static void
test_abi(void **state)
{
	/* The version's are the first. */
	size_t words = sizeof(struct plugin_abi) / sizeof(size_t);
	char why[4200], number[24];

	(void)state;
	for (size_t i = 0; i < words; i++) {
		snprintf(number, sizeof(number), "%zu", i);
		other_plugin(number, why, sizeof(why));
		assert_non_null(strstr(why, "is of another build than this"));
	}
	other_plugin("none", why, sizeof(why));
	assert_string_equal(why, "opened");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abi),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
