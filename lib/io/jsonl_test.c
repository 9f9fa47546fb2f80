#include "lib/io/jsonl.h"

#include <sys/stat.h>
#include <zstd.h>

#include "lib/io/scratch_test.h"

/* How many records come out of a file, and the message at its end. */
static void
reads(const void *data, size_t length, int records, const char *message)
{
	char *paths[] = {in_path}, expected[256];
	struct jsonl_reader *r;
	struct error err = {0};
	json_t *record;
	int n, count = 0;

	put_file(data, length);
	r = jsonl_open(paths, 1, &err);
	assert_non_null(r);
	while ((n = jsonl_read(r, &record, &err)) == 1) {
		json_decref(record);
		count++;
	}
	assert_int_equal(count, records);
	if (message == NULL) {
		assert_int_equal(n, 0);
	} else {
		assert_int_equal(n, -1);
		snprintf(expected, sizeof(expected), "%s:%s", in_path,
		    message);
		assert_string_equal(err.text, expected);
		assert_int_equal(err.status, STATUS_DATA);
	}
	jsonl_close(r);
}

#define READS(text, records, message) \
	reads(text, sizeof(text) - 1, records, message)

static void
test_lines(void **state)
{
	(void)state;
	READS("", 0, NULL);
	READS("\n \n\t\r\n", 0, NULL);
	READS("{}", 1, NULL);
	READS("{}\n\n{\"a\":1}\r\n{}", 3, NULL);
	READS("{}\n\n[1]\n", 1, "3: expected a JSON object");
	READS("{}\n{\"a\":}\n", 1, "2: column 6: expected a value");
	READS("{}\n{\"a\":1,\"a\":1}", 1, "2: column 8: key \"a\" twice");
	READS("{\"a\":\"\xff\"}\n", 0,
	    "1: column 6: a string that is not UTF-8");
	READS("{}\n\0\n", 1, "2: column 1: expected a value");
	READS("{\"a\":\"\0\"}\n", 0, "1: column 7: a control character");
	READS("{}\n{\"a\":\"b\n\"}\n", 1,
	    "2: column 8: a string without its end");
	READS("\xef\xbb\xbf", 0, NULL);
	READS("\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n", 1,
	    "2: column 1: expected a value");
}

static void
test_files_in_turn(void **state)
{
	char missing[80], *paths[] = {in_path, missing};
	struct jsonl_reader *r;
	struct error err;
	json_t *record;
	char expected[200];

	(void)state;
	snprintf(missing, sizeof(missing), "%s/missing", dir);
	put_file("{}\nx\n\n{}\n", 9);
	r = jsonl_open(paths, 2, &err);
	assert_int_equal(jsonl_read(r, &record, &err), 1);
	json_decref(record);
	assert_string_equal(jsonl_file(r), in_path);
	assert_int_equal(jsonl_line(r), 1);
	/* Behind a bad line it goes on. */
	assert_int_equal(jsonl_read(r, &record, &err), -1);
	assert_false(jsonl_broken(r));
	assert_int_equal(jsonl_read(r, &record, &err), 1);
	json_decref(record);
	assert_int_equal(jsonl_line(r), 4);
	assert_int_equal(jsonl_read(r, &record, &err), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
	snprintf(expected, sizeof(expected), "%s: No such file or directory",
	    missing);
	assert_string_equal(err.text, expected);
	assert_true(jsonl_broken(r));
	jsonl_close(r);
	jsonl_close(NULL);
}

static const char kept[] =
    "{\"id\":\"a\",\"x\":1.10,\"big\":123456789012345678901234567890,"
    "\"logprobs\":[-0.12345678,-1.1920929e-07,0.0,-0.0,1e5],"
    "\"text\":\"\xc3\xa9\\n\\u0000\",\"deep\":{\"b\":[1E2,{\"a\":-0}]}}\n"
    "{\"reward\":1.0,\"n\":null}\n";

/* Read in_path, write it all to `path`. */
static void
copy(const char *path, int zstd)
{
	char *paths[] = {in_path};
	struct error err = {0};
	struct jsonl_reader *r = jsonl_open(paths, 1, &err);
	struct jsonl_writer *w = jsonl_create(path, zstd, &err);
	json_t *record;
	int n;

	assert_non_null(r);
	assert_non_null(w);
	while ((n = jsonl_read(r, &record, &err)) == 1) {
		assert_int_equal(jsonl_write(w, record, &err), 0);
		json_decref(record);
	}
	if (n != 0)
		fail_msg("%s", err.text);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(jsonl_commit(w, &err), 0);
	jsonl_abandon(w);
	jsonl_close(r);
}

static void
test_bytes_are_kept(void **state)
{
	struct buffer b = {0};
	struct stat st;

	(void)state;
	put_file(kept, sizeof(kept) - 1);
	copy(out_path, 0);
	get_file(out_path, &b);
	assert_string_equal(b.data, kept);
	assert_int_equal(stat(out_path, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0644, 0);
	unlink(out_path);
	copy(zst_path, 0);
	get_file(zst_path, &b);
	assert_memory_equal(b.data, "\x28\xb5\x2f\xfd", 4);
	put_file(b.data, b.length);
	copy(out_path, 0);
	get_file(out_path, &b);
	assert_string_equal(b.data, kept);
	unlink(out_path);
	copy(out_path, 1);
	get_file(out_path, &b);
	assert_memory_equal(b.data, "\x28\xb5\x2f\xfd", 4);
	buffer_free(&b);
}

/* A record much longer than any buffer, through zstd and back. */
static void
test_long_lines(void **state)
{
	static const size_t lengths[] = {3000000, (1 << 18) - 8, 131072, 5};
	struct buffer b = {0}, again = {0};
	size_t i, j;
	uint32_t seed = 1;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(buffer_add_string(&b, "{\"a\":\""), 0);
		for (j = 0; j < lengths[i]; j++) {
			seed = seed * 1664525 + 1013904223;
			buffer_add(&b, &"abcdefghijklmnop"[seed >> 28], 1);
		}
		assert_int_equal(buffer_add_string(&b, "\"}\n"), 0);
	}
	put_file(b.data, b.length);
	copy(zst_path, 0);
	get_file(zst_path, &again);
	put_file(again.data, again.length);
	copy(out_path, 0);
	get_file(out_path, &again);
	assert_int_equal(again.length, b.length);
	assert_memory_equal(again.data, b.data, b.length);
	/* As zeros compress so well that much text waits in the decoder. */
	buffer_clear(&b);
	assert_int_equal(buffer_add_string(&b, "{\"a\":\""), 0);
	for (j = 0; j < (1 << 19) - 9; j++)
		buffer_add(&b, "0", 1);
	assert_int_equal(buffer_add_string(&b, "\"}\n"), 0);
	assert_int_equal(buffer_reserve(&again, 1 << 20), 0);
	again.length = ZSTD_compress(again.data, again.capacity, b.data,
	    b.length, 3);
	reads(again.data, again.length, 1, NULL);
	buffer_free(&again);
	buffer_free(&b);
}

static void
test_zstd_streams(void **state)
{
	static const char a[] = "{\"a\":1}\n{\"b\"", b[] = ":2}\n";
	static const char skippable[] = "\x50\x2a\x4d\x18\2\0\0\0xy";
	char data[512];
	size_t n, m, i;

	(void)state;
	n = ZSTD_compress(data, sizeof(data), a, sizeof(a) - 1, 3);
	m = ZSTD_compress(data + n, sizeof(data) - n, b, sizeof(b) - 1, 3);
	reads(data, n + m, 2, NULL);
	memcpy(data + n + m, skippable, 10);
	reads(data, n + m + 10, 2, NULL);
	memcpy(data + n + m, "garbage", 7);
	reads(data, n + m + 7, 2,
	    "3: bad zstd stream: Unknown frame descriptor");
	/* Cut anywhere but between the frames. */
	for (i = 4; i < n + m; i++) {
		struct error err = {0};
		char *paths[] = {in_path};
		struct jsonl_reader *r = jsonl_open(paths, 1, &err);
		json_t *record;
		int result;

		put_file(data, i);
		while ((result = jsonl_read(r, &record, &err)) == 1)
			json_decref(record);
		assert_int_equal(result, -1);
		assert_int_equal(err.status, STATUS_DATA);
		if (i != n) {
			assert_true(jsonl_broken(r));
			assert_non_null(strstr(err.text,
			    ": truncated zstd stream"));
		}
		jsonl_close(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_files_in_turn),
		TEST(test_bytes_are_kept),
		TEST(test_long_lines),
		TEST(test_zstd_streams),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
