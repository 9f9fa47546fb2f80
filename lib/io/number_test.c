#include "lib/io/number.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/buffer.h"
#include "lib/io/encode.h"

static void
prints(double x, const char *expected)
{
	char text[NUMBER_TEXT];
	size_t n = number_print(text, x);

	assert_string_equal(text, expected);
	assert_int_equal(n, strlen(expected));
}

/* The values and their forms are those of Python's repr. */
static void
test_print(void **state)
{
	(void)state;
	prints(0, "0.0");
	prints(-0.0, "-0.0");
	prints(1, "1.0");
	prints(-1.5, "-1.5");
	prints(0.1, "0.1");
	prints(0.1 + 0.2, "0.30000000000000004");
	prints(1.0 / 3, "0.3333333333333333");
	prints(0.0001, "0.0001");
	prints(0.00012345678901234567, "0.00012345678901234567");
	prints(0.00001, "1e-05");
	prints(-1.1920929e-07, "-1.1920929e-07");
	prints(123456789.25, "123456789.25");
	prints(999.999999999999, "999.999999999999");
	prints(1e15, "1000000000000000.0");
	prints(1e16, "1e+16");
	prints(1.5e300, "1.5e+300");
	prints(9007199254740993.0, "9007199254740992.0");
	prints(DBL_MAX, "1.7976931348623157e+308");
	prints(DBL_MIN, "2.2250738585072014e-308");
	prints(5e-324, "5e-324");
	prints(-5e-324, "-5e-324");
}

/* Every exponent, many mantissas: what is printed reads back. */
static void
test_print_reads_back(void **state)
{
	char text[NUMBER_TEXT];
	uint64_t seed = 1, bits;
	double x;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		bits = (seed >> 12) | (uint64_t)(i % 2047) << 52;
		if (i % 2 == 0)
			bits = (seed >> 12) | (uint64_t)(1000 + i % 60) << 52;
		memcpy(&x, &bits, sizeof(x));
		assert_true(number_print(text, x) < NUMBER_TEXT);
		assert_true(strtod(text, NULL) == x);
	}
}

static void
test_from_float(void **state)
{
	uint32_t seed = 1, bits;
	char text[NUMBER_TEXT];
	float x;
	int i;

	(void)state;
	prints(number_from_float(0.1f), "0.1");
	prints(number_from_float(-0.693147182f), "-0.6931472");
	prints(number_from_float(16777216.0f), "16777216.0");
	prints(number_from_float(1e-45f), "1e-45");
	prints(number_from_float(FLT_MAX), "3.4028235e+38");
	for (i = 0; i < 100000; i++) {
		seed = seed * 1664525 + 1013904223;
		bits = seed >> 9 | (uint32_t)(i % 255) << 23;
		memcpy(&x, &bits, sizeof(x));
		number_print(text, number_from_float(x));
		assert_true((float)strtod(text, NULL) == x);
		assert_true(strlen(text) <= 22);
	}
}

static void
keeps(const char *text, int as_text)
{
	struct buffer b = {0};
	json_t *value = NULL;

	assert_int_equal(number_read(text, strlen(text), &value),
	    strlen(text));
	assert_non_null(value);
	assert_int_equal(number_text(value) != NULL, as_text);
	assert_int_equal(encode_json(&b, value), 0);
	assert_string_equal(b.data, text);
	buffer_free(&b);
	json_decref(value);
}

static void
test_text_is_kept(void **state)
{
	static const char *const own[] = {"0", "-1", "9223372036854775807",
	    "-9223372036854775808", "1.0", "-0.0", "0.5", "-0.12345678",
	    "1e-05", "0.30000000000000004", "123456789.25", "1e+16"};
	static const char *const texts[] = {"-0", "1.10", "0.00", "1e5", "1E5",
	    "1e+5", "1.0e0", "9223372036854775808", "18446744073709551616",
	    "123456789012345678901234567890123456789012345678901234567890",
	    "1e999", "-1e-999", "0.1000000000000000055511151231257827",
	    "10000000000000000.0", "0.000010", "0e0"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		keeps(own[i], 0);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		keeps(texts[i], 1);
}

static void
test_grammar(void **state)
{
	static const char *const bad[] = {"", "-", ".5", "+1", "1.", "1.e5",
	    "1e", "1e+", "-x", "Infinity", "NaN"};
	json_t *value = NULL;
	double x;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(number_read(bad[i], strlen(bad[i]), &value),
		    0);
	/* What follows is the caller's. */
	assert_int_equal(number_read("01", 2, &value), 1);
	json_decref(value);
	assert_int_equal(number_read("1.25", 3, &value), 3);
	assert_int_equal(number_value(value, &x), 0);
	assert_true(x == 1.2);
	json_decref(value);
	assert_int_equal(number_read("2.50", 4, &value), 4);
	assert_int_equal(number_value(value, &x), 0);
	assert_true(x == 2.5);
	json_decref(value);
	assert_int_equal(number_value(NULL, &x), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_reads_back),
		cmocka_unit_test(test_from_float),
		cmocka_unit_test(test_text_is_kept),
		cmocka_unit_test(test_grammar),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
