#include "lib/io/jsonl.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "lib/io/scratch_test.h"

static void
test_full_disk(void **state)
{
	struct error err;
	struct jsonl_writer *w;
	json_t *record = json_pack("{s:s}", "a", "b");
	struct rlimit old, limit;
	int i, n = 0;

	(void)state;
	w = jsonl_create("/dev/full", 0, &err);
	assert_non_null(w);
	assert_int_equal(jsonl_write(w, record, &err), 0);
	assert_int_equal(jsonl_commit(w, &err), -1);
	assert_int_equal(err.status, STATUS_IO);
	assert_string_equal(err.text, "/dev/full: No space left on device");
	jsonl_abandon(w);
	/* A file may not grow beyond 1 MB: the writer must say so. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	w = jsonl_create(out_path, 0, &err);
	for (i = 0; i < 200000 && n == 0; i++)
		n = jsonl_write(w, record, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(n, -1);
	assert_int_equal(err.status, STATUS_IO);
	assert_non_null(strstr(err.text, "File too large"));
	jsonl_abandon(w);
	assert_int_equal(access(out_path, F_OK), -1);
	assert_null(jsonl_create("/nonexistent/x", 0, &err));
	assert_int_equal(err.status, STATUS_CANTCREATE);
	json_decref(record);
}

/* Standard output into a pipe: lines come at once, EPIPE ends quietly. */
static void
test_pipe(void **state)
{
	json_t *record = json_pack("{s:i}", "a", 1);
	struct jsonl_writer *w;
	struct error err;
	char text[32];
	int fds[2], saved;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	assert_int_equal(pipe(fds), 0);
	assert_true(dup2(fds[1], STDOUT_FILENO) >= 0);
	close(fds[1]);
	w = jsonl_create(NULL, 0, &err);
	assert_int_equal(jsonl_write(w, record, &err), 0);
	assert_int_equal(read(fds[0], text, sizeof(text)), 8);
	assert_memory_equal(text, "{\"a\":1}\n", 8);
	close(fds[0]);
	assert_int_equal(jsonl_write(w, record, &err), -1);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(err.status, STATUS_OK);
	assert_string_equal(err.text, "");
	jsonl_abandon(w);
	json_decref(record);
}

static void
test_abandoned(void **state)
{
	json_t *record = json_pack("{s:i}", "a", 1);
	struct jsonl_writer *w;
	struct buffer b = {0};
	struct error err;

	(void)state;
	put_file("old", 3);
	w = jsonl_create(in_path, 0, &err);
	assert_int_equal(jsonl_write(w, record, &err), 0);
	jsonl_abandon(w);
	get_file(in_path, &b);
	assert_string_equal(b.data, "old");
	/* A link stays one, and what it names is replaced. */
	assert_int_equal(symlink("in", out_path), 0);
	w = jsonl_create(out_path, 0, &err);
	assert_int_equal(jsonl_write(w, record, &err), 0);
	assert_int_equal(jsonl_commit(w, &err), 0);
	jsonl_abandon(w);
	get_file(in_path, &b);
	assert_string_equal(b.data, "{\"a\":1}\n");
	jsonl_abandon(NULL);
	buffer_free(&b);
	json_decref(record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_full_disk),
		TEST(test_pipe),
		TEST(test_abandoned),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
