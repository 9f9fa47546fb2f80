#include "lib/text/normalizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/text/utf8.h"

/* Code points that combine, decompose or do neither. */
static uint32_t
any_code(void)
{
	static const uint32_t ranges[][2] = {{0x20, 0x7F}, {0xC0, 0x180},
	    {0x300, 0x360}, {0x591, 0x5C0}, {0x915, 0x960}, {0xF40, 0xF90},
	    {0x1100, 0x1200}, {0x1E00, 0x1F00}, {0x2126, 0x212C},
	    {0x3040, 0x30A0}, {0xAC00, 0xAC40}, {0xFB1D, 0xFB50},
	    {0x1D15E, 0x1D180}, {0x1F600, 0x1F610}};
	size_t i = (size_t)rand() % (sizeof(ranges) / sizeof(*ranges));

	return ranges[i][0] +
	    (uint32_t)rand() % (ranges[i][1] - ranges[i][0]);
}

static void
test_equals_utf8proc(void **state)
{
	struct buffer scratch = {0};
	struct error err = {0};
	const char *result;
	char text[256];
	size_t length, n;

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		utf8proc_uint8_t *expected = NULL;

		length = 0;
		for (int k = rand() % 30; k >= 0; k--)
			length += utf8_encode(any_code(), text + length);
		n = (size_t)utf8proc_map((utf8proc_uint8_t *)text,
		    (utf8proc_ssize_t)length, &expected,
		    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
		assert_int_equal(normalizer_apply(NORMALIZER_NFC, text,
		    length, &scratch, &result, &length, &err), 0);
		assert_int_equal(length, n);
		assert_memory_equal(result, expected, n);
		free(expected);
	}
	buffer_free(&scratch);
}

static void
test_leaves_alone(void **state)
{
	static const char *const texts[] = {"", "plain", "na\xC3\xAFve",
	    "e\xCC\x81"};
	struct buffer scratch = {0};
	struct error err = {0};
	const char *result;
	size_t length;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		/* The last one is left alone only where nothing is asked. */
		assert_int_equal(normalizer_apply(
		    i < 3 ? NORMALIZER_NFC : NORMALIZER_NONE, texts[i],
		    strlen(texts[i]), &scratch, &result, &length, &err), 0);
		assert_ptr_equal(result, texts[i]);
		assert_int_equal(length, strlen(texts[i]));
	}
	assert_null(scratch.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equals_utf8proc),
	    cmocka_unit_test(test_leaves_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
