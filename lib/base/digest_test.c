#include "lib/base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* FIPS 180-2, appendix B. */
static const char abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char million[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void
test_bytes(void **state)
{
	char hex[DIGEST_HEX];

	(void)state;
	assert_int_equal(digest_bytes(hex, "abc", 3, NULL), 0);
	assert_string_equal(hex, abc);
}

static void
test_file(void **state)
{
	char hex[DIGEST_HEX], path[] = "/tmp/digest_test.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct error err;
	int i;

	(void)state;
	assert_non_null(f);
	for (i = 0; i < 1000000; i++)
		fputc('a', f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(digest_file(hex, path, &err), 0);
	assert_string_equal(hex, million);
	unlink(path);
	assert_int_equal(digest_file(hex, path, &err), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
	assert_int_equal(digest_file(hex, "/", &err), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
}

static void
test_files(void **state)
{
	char hex[DIGEST_HEX], one[] = "/tmp/digest_test.XXXXXX";
	char two[] = "/tmp/digest_test.XXXXXX";
	FILE *f = fdopen(mkstemp(one), "w"), *g = fdopen(mkstemp(two), "w");
	const char *const paths[] = {one, two};
	struct error err;

	(void)state;
	assert_non_null(f);
	assert_non_null(g);
	fputs("ab", f);
	fputs("c", g);
	assert_int_equal(fclose(f) | fclose(g), 0);
	assert_int_equal(digest_files(hex, paths, 2, &err), 0);
	assert_string_equal(hex, abc);
	unlink(two);
	assert_int_equal(digest_files(hex, paths, 2, &err), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
	unlink(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
