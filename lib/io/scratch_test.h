#ifndef IO_SCRATCH_TEST_H
#define IO_SCRATCH_TEST_H

/* For tests of files: a directory of their own with a few paths in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/base/buffer.h"

static char dir[64], in_path[80], out_path[80], zst_path[80];

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/jsonl_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(in_path, sizeof(in_path), "%s/in", dir);
	snprintf(out_path, sizeof(out_path), "%s/out", dir);
	snprintf(zst_path, sizeof(zst_path), "%s/out.zst", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(in_path);
	unlink(out_path);
	unlink(zst_path);
	/* Fails where a temporary file was left. */
	return rmdir(dir);
}

static void
put_file(const void *data, size_t length)
{
	FILE *f = fopen(in_path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

static void
get_file(const char *path, struct buffer *b)
{
	char block[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	buffer_clear(b);
	assert_non_null(f);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		assert_int_equal(buffer_add(b, block, n), 0);
	fclose(f);
}

#define TEST(x) cmocka_unit_test_setup_teardown(x, setup, teardown)

#endif
