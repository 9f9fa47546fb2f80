#include "lib/io/field.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/buffer.h"
#include "lib/io/decode.h"
#include "lib/io/encode.h"

static json_t *
decode(const char *text)
{
	json_t *record = decode_json(text, strlen(text), NULL);

	assert_non_null(record);
	return record;
}

static void
encodes(const json_t *record, const char *expected)
{
	struct buffer b = {0};

	assert_int_equal(encode_json(&b, record), 0);
	assert_string_equal(b.data, expected);
	buffer_free(&b);
}

static void
test_scalars(void **state)
{
	json_t *r = decode("{\"i\":3,\"x\":1.10,\"y\":2.5,\"b\":true,"
	    "\"u\":18446744073709551615,\"s\":\"a\\u0000b\",\"t\":\"c\","
	    "\"z\":null}");
	struct error err;
	uint64_t u;
	size_t n;
	double x;
	int b;

	(void)state;
	assert_int_equal(field_real(r, "i", &x, &err), 0);
	assert_true(x == 3);
	assert_int_equal(field_real(r, "x", &x, &err), 0);
	assert_true(x == 1.1);
	assert_int_equal(field_real(r, "y", &x, &err), 0);
	assert_true(x == 2.5);
	assert_int_equal(field_u64(r, "u", &u, &err), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(field_size(r, "i", &n, &err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(field_bool(r, "b", &b, &err), 0);
	assert_int_equal(b, 1);
	assert_string_equal(field_string(r, "t", NULL, &err), "c");
	assert_memory_equal(field_string(r, "s", &n, &err), "a\0b", 4);
	assert_int_equal(n, 3);
	assert_true(field_has(r, "i"));
	assert_false(field_has(r, "z"));
	assert_false(field_has(r, "nothing"));
	json_decref(r);
}

#define FAILS(call, message) do { \
	assert_true(call); \
	assert_string_equal(err.text, message); \
	assert_int_equal(err.status, STATUS_DATA); \
} while (0)

static void
test_refusals(void **state)
{
	json_t *r = decode("{\"s\":\"a\\u0000b\",\"x\":1.10,\"n\":-1,"
	    "\"big\":18446744073709551616,\"huge\":1e999,\"z\":null,"
	    "\"e\":1e2}");
	struct error err;
	uint64_t u;
	double x;
	int b;

	(void)state;
	FAILS(field_real(r, "reward", &x, &err), "reward: missing");
	FAILS(field_real(r, "s", &x, &err), "s: expected a number");
	FAILS(field_real(r, "z", &x, &err), "z: expected a number");
	FAILS(field_real(r, "huge", &x, &err), "huge: out of range");
	FAILS(field_u64(r, "n", &u, &err), "n: expected a count");
	FAILS(field_u64(r, "x", &u, &err), "x: expected a count");
	FAILS(field_u64(r, "e", &u, &err), "e: expected a count");
	FAILS(field_u64(r, "big", &u, &err), "big: expected a count");
	FAILS(field_bool(r, "n", &b, &err), "n: expected true or false");
	FAILS(field_string(r, "x", NULL, &err) == NULL,
	    "x: expected a string");
	FAILS(field_string(r, "s", NULL, &err) == NULL, "s: holds a NUL");
	json_decref(r);
}

static void
test_arrays(void **state)
{
	json_t *r = decode("{\"a\":[1,2.50,-1e-1],\"i\":[1,-2],\"none\":[],"
	    "\"bad\":[1,\"2\"],\"wide\":[1,2147483648],\"f\":[1e39]}");
	struct error err;
	double *reals;
	float *floats;
	int32_t *ints;
	size_t n;

	(void)state;
	assert_int_equal(field_reals(r, "a", &reals, &n, &err), 0);
	assert_true(n == 3 && reals[0] == 1 && reals[1] == 2.5 &&
	    reals[2] == -0.1);
	free(reals);
	assert_int_equal(field_floats(r, "a", &floats, &n, &err), 0);
	assert_true(n == 3 && floats[2] == -0.1f);
	free(floats);
	assert_int_equal(field_ints(r, "i", &ints, &n, &err), 0);
	assert_true(n == 2 && ints[0] == 1 && ints[1] == -2);
	free(ints);
	assert_int_equal(field_ints(r, "none", &ints, &n, &err), 0);
	assert_true(n == 0 && ints != NULL);
	free(ints);
	FAILS(field_reals(r, "bad", &reals, &n, &err),
	    "bad[1]: expected a number");
	FAILS(field_ints(r, "wide", &ints, &n, &err),
	    "wide[1]: expected a 32-bit integer");
	FAILS(field_ints(r, "a", &ints, &n, &err),
	    "a[1]: expected a 32-bit integer");
	FAILS(field_floats(r, "f", &floats, &n, &err),
	    "f[0]: expected a number");
	FAILS(field_floats(r, "x", &floats, &n, &err), "x: missing");
	json_decref(r);
}

static void
test_set(void **state)
{
	static const double reals[] = {0.1, -0.0};
	static const float floats[] = {0.1f, -0.693147182f};
	static const int32_t ints[] = {1, INT32_MIN};
	static const double nan[] = {1, NAN};
	json_t *r = decode("{\"reward\":1.10,\"id\":\"x\"}");
	struct error err;

	(void)state;
	assert_int_equal(field_set_real(r, "r", 1.0 / 3, &err), 0);
	assert_int_equal(field_set_float(r, "reward", 0.1f, &err), 0);
	assert_int_equal(field_set_u64(r, "u", UINT64_MAX, &err), 0);
	assert_int_equal(field_set_bool(r, "b", 0, &err), 0);
	assert_int_equal(field_set_null(r, "z", &err), 0);
	assert_int_equal(field_set_reals(r, "x", reals, 2, &err), 0);
	assert_int_equal(field_set_floats(r, "f", floats, 2, &err), 0);
	assert_int_equal(field_set_ints(r, "i", ints, 2, &err), 0);
	assert_int_equal(field_set_ints(r, "e", NULL, 0, &err), 0);
	encodes(r, "{\"reward\":0.1,\"id\":\"x\",\"r\":0.3333333333333333,"
	    "\"u\":18446744073709551615,\"b\":false,\"z\":null,"
	    "\"x\":[0.1,-0.0],\"f\":[0.1,-0.6931472],"
	    "\"i\":[1,-2147483648],\"e\":[]}");
	assert_int_equal(field_set_real(r, "q", INFINITY, &err), -1);
	assert_string_equal(err.text, "q: not finite");
	assert_int_equal(field_set_reals(r, "q", nan, 2, &err), -1);
	assert_string_equal(err.text, "q[1]: out of memory, or not finite");
	assert_false(field_has(r, "q"));
	json_decref(r);
}

static void
sets_string(const char *text, size_t length, const char *expected)
{
	json_t *r = json_object();

	assert_int_equal(field_set_string(r, "s", text, length, NULL), 0);
	encodes(r, expected);
	json_decref(r);
}

/* The Unicode standard's table 3-8 and other starts that go wrong. */
static void
test_set_string(void **state)
{
#define BAD "\xef\xbf\xbd"
	(void)state;
	sets_string("", 0, "{\"s\":\"\"}");
	sets_string("a\0\xc3\xa9\xf0\x9f\x98\x80", 8,
	    "{\"s\":\"a\\u0000\xc3\xa9\xf0\x9f\x98\x80\"}");
	sets_string("\xc0\xaf", 2, "{\"s\":\"" BAD BAD "\"}");
	sets_string("\xed\xa0\x80", 3, "{\"s\":\"" BAD BAD BAD "\"}");
	sets_string("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", 9,
	    "{\"s\":\"" BAD BAD BAD BAD "A\"}");
	sets_string("\xf0\x9f\x98", 3, "{\"s\":\"" BAD "\"}");
	sets_string("\xff\x80", 2, "{\"s\":\"" BAD BAD "\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_string),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
