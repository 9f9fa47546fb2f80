#include "lib/rl/idtable.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
test_many(void **state)
{
	struct idtable *t = idtable_new();
	char text[32];
	size_t i, n, length;

	(void)state;
	assert_non_null(t);
	for (i = 0; i < 5000; i++) {
		n = (size_t)snprintf(text, sizeof(text), "id-%zu", i);
		assert_int_equal(idtable_index(t, text, n), i);
	}
	for (i = 0; i < 5000; i++) {
		n = (size_t)snprintf(text, sizeof(text), "id-%zu", i);
		assert_int_equal(idtable_index(t, text, n), i);
		assert_string_equal(idtable_text(t, i, &length), text);
		assert_int_equal(length, n);
	}
	assert_int_equal(idtable_count(t), 5000);
	assert_int_equal(idtable_index(t, "", 0), 5000);
	assert_int_equal(idtable_index(t, "a\0b", 3), 5001);
	assert_int_equal(idtable_index(t, "a\0c", 3), 5002);
	idtable_free(t);
	idtable_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
