#include "lib/io/atomicdir.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64], path[80];

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/atomicdir_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/new", dir);
	return 0;
}

static int
teardown(void **state)
{
	char file[128];

	(void)state;
	snprintf(file, sizeof(file), "%s/a", path);
	unlink(file);
	snprintf(file, sizeof(file), "%s/from", path);
	unlink(file);
	rmdir(path);
	snprintf(file, sizeof(file), "%s/from", dir);
	unlink(file);
	/* Fails where a temporary was left. */
	return rmdir(dir);
}

static void
holds(const char *name, const char *expected)
{
	char file[128], text[64];
	FILE *f;
	size_t n;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	f = fopen(file, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_int_equal(n, strlen(expected));
	assert_memory_equal(text, expected, n);
}

static void
test_commit(void **state)
{
	struct atomicdir *d;
	struct error err;
	char from[128], slash[96];
	struct stat st;
	FILE *f;

	(void)state;
	snprintf(from, sizeof(from), "%s/from", dir);
	f = fopen(from, "w");
	assert_non_null(f);
	fputs("copied", f);
	fclose(f);
	snprintf(slash, sizeof(slash), "%s//", path);
	d = atomicdir_create(slash, &err);
	assert_non_null(d);
	assert_int_equal(atomicdir_write(d, "a", "text", 4, &err), 0);
	assert_int_equal(atomicdir_copy(d, from, 0, &err), 0);
	assert_int_equal(atomicdir_copy(d, "/nonexistent", 1, &err), 0);
	assert_int_equal(atomicdir_copy(d, "/nonexistent", 0, &err), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(atomicdir_commit(d, &err), 0);
	atomicdir_abandon(d);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0700, 0700);
	holds("a", "text");
	holds("from", "copied");
}

static void
test_abandon(void **state)
{
	struct atomicdir *d;
	struct error err;
	struct stat st;
	char temporary[200];

	(void)state;
	d = atomicdir_create(path, &err);
	assert_non_null(d);
	assert_int_equal(atomicdir_write(d, "a", "text", 4, &err), 0);
	snprintf(temporary, sizeof(temporary), "%s", atomicdir_path(d));
	assert_int_equal(stat(temporary, &st), 0);
	atomicdir_abandon(d);
	assert_int_equal(stat(temporary, &st), -1);
	assert_int_equal(stat(path, &st), -1);
	atomicdir_abandon(NULL);
}

static void
test_exists(void **state)
{
	struct atomicdir *d;
	struct error err;
	char expected[128];

	(void)state;
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(expected, sizeof(expected), "%s: exists", path);
	assert_null(atomicdir_create(path, &err));
	assert_int_equal(err.status, STATUS_CANTCREATE);
	assert_string_equal(err.text, expected);
	rmdir(path);
	/* It may also come while we write. */
	d = atomicdir_create(path, &err);
	assert_non_null(d);
	assert_int_equal(mkdir(path, 0777), 0);
	assert_int_equal(atomicdir_commit(d, &err), -1);
	assert_int_equal(err.status, STATUS_CANTCREATE);
	atomicdir_abandon(d);
	assert_null(atomicdir_create("", &err));
	assert_int_equal(err.status, STATUS_CANTCREATE);
	assert_null(atomicdir_create("/nonexistent/x", &err));
	assert_int_equal(err.status, STATUS_CANTCREATE);
}

int
main(void)
{
#define TEST(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_commit),
		TEST(test_abandon),
		TEST(test_exists),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
