#include "lib/io/tool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/base/buffer.h"
#include "lib/io/field.h"

/* What a run of the little tool below did. */
struct outcome {
	int status;
	struct buffer out, err;
};

/* A filter that adds 1 to the field "n". */
static int
add_one(struct tool *t, const struct options_tool *tool, int argc,
    char **argv, struct error *err)
{
	json_t *record;
	uint64_t x = 0;
	int n = tool_start(t, tool, argc, argv, err);

	if (n != 0)
		return n;
	while ((n = tool_read(t, &record, err)) == 1) {
		if (field_u64(record, "n", &x, err) != 0)
			n = tool_bad(t, err);
		else if (field_set_u64(record, "n", x + 1, err) != 0)
			n = -1;
		else
			n = tool_write(t, record, err);
		if (x == 77)
			raise(SIGTERM);
		json_decref(record);
		if (n != 0)
			return n;
	}
	return n == 0 ? tool_commit(t, err) : n;
}

static int
child(int argc, char **argv)
{
	struct tool t = {.name = "add"};
	const struct option table[] = {
		TOOL_OPTIONS(&t),
		{0},
	};
	const struct options_tool tool = {t.name, "[options] [FILE ...]",
	    "Adds.", table};
	struct error err = {0};
	int n = add_one(&t, &tool, argc, argv, &err);

	return tool_finish(&t, &tool, n, &err);
}

static void
read_all(int fd, struct buffer *b)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		assert_int_equal(buffer_add(b, block, (size_t)n), 0);
	close(fd);
}

/* Run it on a text, with options. */
static void
run(struct outcome *o, const char *input, const char *const *args)
{
	int in[2], out[2], err[2], argc, status;
	char *argv[16] = {(char *)"add"};
	pid_t pid;

	for (argc = 1; args[argc - 1] != NULL; argc++)
		argv[argc] = (char *)args[argc - 1];
	buffer_clear(&o->out);
	buffer_clear(&o->err);
	fflush(stdout);
	assert_int_equal(pipe(in) | pipe(out) | pipe(err), 0);
	/* Before the fork: a child that ends unread must not break the pipe. */
	assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
	pid = fork();
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		close(in[1]);
		_exit(child(argc, argv));
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(in[1]);
	read_all(out[0], &o->out);
	read_all(err[0], &o->err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	o->status = WEXITSTATUS(status);
}

static void
expect(const char *input, const char *const *args, int status,
    const char *out, const char *err)
{
	struct outcome o = {0};

	assert_int_equal(buffer_reserve(&o.out, 0), 0);
	assert_int_equal(buffer_reserve(&o.err, 0), 0);
	run(&o, input, args);
	assert_string_equal(o.err.data, err);
	assert_string_equal(o.out.data, out);
	assert_int_equal(o.status, status);
	buffer_free(&o.out);
	buffer_free(&o.err);
}

#define ARGS(...) (const char *const []){__VA_ARGS__, NULL}

static void
test_filter(void **state)
{
	(void)state;
	expect("{\"n\":1,\"x\":1.10}\n\n{\"n\":2}", ARGS("-"), 0,
	    "{\"n\":2,\"x\":1.10}\n{\"n\":3}\n", "");
	expect("{\"n\":1}\n{\"n\":2}\n{\"n\":", ARGS("--max-records", "2"), 0,
	    "{\"n\":2}\n{\"n\":3}\n", "");
	expect("", ARGS("-V"), 0, "add " VERSION "\n", "");
}

static void
test_bad_records(void **state)
{
	static const char bad[] = "{\"n\":1}\n{\"m\":1}\n[]\n{\"n\":4}\n";

	(void)state;
	expect(bad, ARGS("-q"), 65, "{\"n\":2}\n",
	    "add: (standard input):2: n: missing\n");
	expect(bad, ARGS("--skip-bad"), 0, "{\"n\":2}\n{\"n\":5}\n",
	    "add: (standard input):2: n: missing\n"
	    "add: (standard input):3: expected a JSON object\n"
	    "add: 2 bad records skipped\n");
	expect(bad, ARGS("--skip-bad", "-q"), 0, "{\"n\":2}\n{\"n\":5}\n", "");
	/* Bad ones are not among those that are counted. */
	expect(bad, ARGS("--skip-bad", "-q", "--max-records=2"), 0,
	    "{\"n\":2}\n{\"n\":5}\n", "");
	/* A stream that can't be read on is no bad record. */
	expect("{\"n\":1}\n", ARGS("--skip-bad", "-", "/nonexistent"), 66,
	    "{\"n\":2}\n", "add: /nonexistent: No such file or directory\n");
}

static void
test_failures(void **state)
{
	(void)state;
	expect("", ARGS("--foo"), 64, "", "add: unknown option --foo\n");
	expect("{\"n\":1}\n", ARGS("-o", "/dev/full"), 74, "",
	    "add: /dev/full: No space left on device\n");
	expect("{\"n\":1}\n", ARGS("-o", "/nonexistent/x"), 73, "",
	    "add: /nonexistent/x: No such file or directory\n");
	/* The record in hand is written whole, and no other is begun. */
	expect("{\"n\":77}\n{\"n\":1}\n", ARGS("-"), 143, "{\"n\":78}\n", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_failures),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
