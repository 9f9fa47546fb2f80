#include "lib/io/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/buffer.h"
#include "lib/io/encode.h"

static void
becomes(const char *text, const char *expected)
{
	struct buffer b = {0};
	struct error err = {0};
	json_t *value = decode_json(text, strlen(text), &err);

	if (value == NULL)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(encode_json(&b, value), 0);
	assert_string_equal(b.data, expected);
	buffer_free(&b);
	json_decref(value);
}

static void
fails(const char *text, size_t length, const char *message)
{
	struct error err = {0};

	assert_null(decode_json(text, length, &err));
	assert_string_equal(err.text, message);
	assert_int_equal(err.status, STATUS_DATA);
}

static void
test_values(void **state)
{
	(void)state;
	becomes(" {\"b\" : [1, 2.50 ,true,false,null ] , \"a\":{} }\r\n",
	    "{\"b\":[1,2.50,true,false,null],\"a\":{}}");
	becomes("[]", "[]");
	becomes("\"\"", "\"\"");
	becomes("{\"\":[[],{}]}", "{\"\":[[],{}]}");
	becomes("-0", "-0");
	/* A string is no number, whatever it looks like. */
	becomes("[\"1.10\",\"\xc3\xbf""1\"]", "[\"1.10\",\"\xc3\xbf""1\"]");
}

static void
test_strings(void **state)
{
	(void)state;
	becomes("\"\\u00e9\\ud83d\\ude00\\u4e2d\\/\"",
	    "\"\xc3\xa9\xf0\x9f\x98\x80\xe4\xb8\xad/\"");
	becomes("\"a\\u0000b\\\"\\\\\\b\\f\\n\\r\\t\\u001f\\u007F\"",
	    "\"a\\u0000b\\\"\\\\\\b\\f\\n\\r\\t\\u001f\x7f\"");
	becomes("{\"a\\u0000b\":\"x\\ny\",\"a\\u0000c\":\"z\"}",
	    "{\"a\\u0000b\":\"x\\ny\",\"a\\u0000c\":\"z\"}");
	becomes("{\"k\\ney\":\"v\\nal\"}", "{\"k\\ney\":\"v\\nal\"}");
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "column 1: expected a value"},
		{"{\"a\":1,\"a\":2}", "column 8: key \"a\" twice"},
		{"{\"a\":1,\"\\u0061\":2}", "column 8: key \"a\" twice"},
		{"{\"a\":1,}", "column 8: expected a key"},
		{"{a:1}", "column 2: expected a key"},
		{"{\"a\" 1}", "column 6: expected ':'"},
		{"{\"a\":1", "column 7: expected ',' or '}'"},
		{"{\"a\":}", "column 6: expected a value"},
		{"[1 2]", "column 4: expected ',' or ']'"},
		{"[1,]", "column 4: expected a value"},
		{"[1}", "column 3: expected ',' or ']'"},
		{"{} {}", "column 4: more text behind the value"},
		{"01", "column 2: more text behind the value"},
		{"1.", "column 1: bad number"},
		{"[-]", "column 2: bad number"},
		{"NaN", "column 1: expected a value"},
		{"tru", "column 1: expected a value"},
		{"\"a", "column 3: a string without its end"},
		{"\"a\\", "column 4: a string without its end"},
		{"\"a\nb\"", "column 3: a control character"},
		{"\"\\x\"", "column 2: bad escape"},
		{"\"\\u12g4\"", "column 2: bad \\u escape"},
		{"\"\\ud800\"", "column 2: a lone surrogate"},
		{"\"\\ud800\\u0041\"", "column 2: a lone surrogate"},
		{"\"\\udc00\"", "column 2: a lone surrogate"},
		{"\"\xff""1.5\"", "column 1: a string that is not UTF-8"},
		{"\"\xc0\x80\"", "column 1: a string that is not UTF-8"},
		{"{\"\xed\xa0\x80\":1}", "column 2: a key that is not UTF-8"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		fails(cases[i].text, strlen(cases[i].text), cases[i].message);
	fails("{\"a\":\"x\0y\"}", 11, "column 8: a control character");
	fails("\0", 1, "column 1: expected a value");
	fails("1\0", 2, "column 2: more text behind the value");
}

static void
test_depth(void **state)
{
	size_t deep = 1000000;
	char *text = malloc(deep);
	json_t *value;

	(void)state;
	assert_non_null(text);
	memset(text, '[', deep);
	fails(text, deep, "column 513: nested too deeply");
	memset(text + 512, ']', 512);
	value = decode_json(text, 1024, NULL);
	assert_non_null(value);
	json_decref(value);
	free(text);
}

static size_t allocations;

static void *
scarce(size_t size)
{
	return allocations == 0 || allocations-- == 0 ? NULL : malloc(size);
}

/* Without memory a good record is not called a bad one. */
static void
test_memory(void **state)
{
	static const char text[] =
	    "{\"key\":[\"s\\u00e9\",1,2.5,{\"b\":null,\"c\":[]}]}";
	json_t *value = NULL;
	size_t n = 0;

	(void)state;
	json_set_alloc_funcs(scarce, free);
	while (value == NULL) {
		struct error err = {0};

		allocations = n++;
		value = decode_json(text, sizeof(text) - 1, &err);
		if (value == NULL) {
			assert_string_equal(err.text, "out of memory");
			assert_int_equal(err.status, STATUS_TEMPFAIL);
		}
	}
	json_decref(value);
	json_set_alloc_funcs(malloc, free);
	assert_true(n > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
