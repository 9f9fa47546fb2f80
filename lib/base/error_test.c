#include "lib/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
test_set_and_prefix(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_set(&err, STATUS_DATA, "%s: %d", "x", 3), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_string_equal(err.text, "x: 3");
	assert_int_equal(error_prefix(&err, "%s:%zu: ", "f", (size_t)7), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_string_equal(err.text, "f:7: x: 3");
}

static void
test_null(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, STATUS_IO, "x"), -1);
	assert_int_equal(error_prefix(NULL, "x"), -1);
}

static void
test_input(void **state)
{
	struct error err;

	(void)state;
	errno = EISDIR;
	assert_int_equal(error_input(&err, "x"), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
	assert_string_equal(err.text, "x: Is a directory");
	errno = EACCES;
	error_input(&err, NULL);
	assert_int_equal(err.status, STATUS_NOINPUT);
	assert_string_equal(err.text, "Permission denied");
	errno = EIO;
	error_input(&err, "x");
	assert_int_equal(err.status, STATUS_IO);
}

static void
test_long_text_is_cut(void **state)
{
	struct error err;
	char text[3000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, STATUS_DATA, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	error_prefix(&err, "F:1: ");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "F:1: aaa", 8);
	error_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_prefix),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_long_text_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
