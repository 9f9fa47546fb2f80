#include "lib/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
test_grows(void **state)
{
	struct buffer b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_int_equal(buffer_add(&b, "ab\0d", 4), 0);
		assert_int_equal(b.data[b.length], '\0');
	}
	assert_int_equal(b.length, 4000);
	for (i = 0; i < 1000; i++)
		assert_memory_equal(b.data + 4 * i, "ab\0d", 4);
	buffer_free(&b);
	assert_null(b.data);
	assert_int_equal(b.length, 0);
}

static void
test_clear_keeps_memory(void **state)
{
	struct buffer b = {0};
	size_t capacity;

	(void)state;
	buffer_clear(&b);
	assert_int_equal(buffer_add_string(&b, "hello"), 0);
	assert_string_equal(b.data, "hello");
	capacity = b.capacity;
	buffer_clear(&b);
	assert_string_equal(b.data, "");
	assert_int_equal(b.capacity, capacity);
	assert_int_equal(buffer_add(&b, NULL, 0), 0);
	assert_int_equal(b.length, 0);
	buffer_free(&b);
}

static void
test_too_much(void **state)
{
	struct buffer b = {0};

	(void)state;
	assert_int_equal(buffer_add_string(&b, "x"), 0);
	assert_int_equal(buffer_reserve(&b, SIZE_MAX), -1);
	assert_int_equal(buffer_reserve(&b, SIZE_MAX / 2), -1);
	assert_string_equal(b.data, "x");
	buffer_free(&b);
	buffer_free(&b);
	buffer_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_clear_keeps_memory),
		cmocka_unit_test(test_too_much),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
