/* A program beside ours that answers, dies, hangs, or talks out of turn. */
#include "tools/coprocess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* No answer here takes long; where one shall not come, we wait less. */
#define LONG 60
#define SHORT 0.05

static int
ask(struct coprocess *c, const char *line, double seconds, char *answer,
    struct error *err)
{
	struct buffer in = {0}, out = {0};
	int rc;

	assert_int_equal(buffer_add(&in, line, strlen(line)), 0);
	rc = coprocess_ask(c, &in, seconds, &out, err);
	if (rc == 1) {
		assert_true(out.length < 100);
		memcpy(answer, out.data == NULL ? "" : out.data, out.length);
		answer[out.length] = '\0';
	}
	buffer_free(&in);
	buffer_free(&out);
	return rc;
}

static struct coprocess *
begin(const char *command)
{
	struct error err;
	struct coprocess *c = coprocess_new(command, &err);

	assert_non_null(c);
	return c;
}

static void
test_answers(void **state)
{
	struct coprocess *c = begin("while read -r l; do echo \"<$l>\"; done");
	struct error err;
	char answer[100];

	(void)state;
	assert_int_equal(ask(c, "one\n", LONG, answer, &err), 1);
	assert_string_equal(answer, "<one>");
	assert_int_equal(ask(c, "\n", LONG, answer, &err), 1);
	assert_string_equal(answer, "<>");
	coprocess_free(c);
	coprocess_free(NULL);
}

/* More than a pipe holds, either way. */
static void
test_long_lines(void **state)
{
	struct coprocess *c = begin("cat");
	struct buffer in = {0}, out = {0};
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < 300000; i++)
		assert_int_equal(buffer_add(&in, "x", 1), 0);
	assert_int_equal(buffer_add(&in, "\n", 1), 0);
	assert_int_equal(coprocess_ask(c, &in, LONG, &out, &err), 1);
	assert_int_equal(out.length, 300000);
	buffer_free(&in);
	buffer_free(&out);
	coprocess_free(c);
}

/* One that ends behind each answer is started for every line. */
static void
test_restarts(void **state)
{
	struct coprocess *c = begin("read -r l && echo \"$l\"");
	struct error err;
	char answer[100];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(ask(c, "again\n", LONG, answer, &err), 1);
		assert_string_equal(answer, "again");
	}
	coprocess_free(c);
}

static void
test_ends(void **state)
{
	struct coprocess *c = begin("read -r l; exit 3");
	struct error err;
	char answer[100];

	(void)state;
	assert_int_equal(ask(c, "x\n", LONG, answer, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_non_null(strstr(err.text, "status 3"));
	coprocess_free(c);

	c = begin("read -r l; kill -9 $$");
	assert_int_equal(ask(c, "x\n", LONG, answer, &err), -1);
	assert_non_null(strstr(err.text, "signal 9"));
	coprocess_free(c);

	c = begin("exec /nonexistent/program 2>/dev/null");
	assert_int_equal(ask(c, "x\n", LONG, answer, &err), -1);
	assert_int_equal(err.status, STATUS_UNAVAILABLE);
	coprocess_free(c);
}

/* One that hangs is killed, and the next line is answered. */
static void
test_hangs(void **state)
{
	struct coprocess *c = begin("while read -r l; do "
	    "[ \"$l\" = hang ] && sleep 600; echo \"$l\"; done");
	struct error err;
	char answer[100];

	(void)state;
	assert_int_equal(ask(c, "hang\n", SHORT, answer, &err), 0);
	assert_int_equal(ask(c, "on\n", LONG, answer, &err), 1);
	assert_string_equal(answer, "on");
	coprocess_free(c);
}

static void
test_out_of_turn(void **state)
{
	struct coprocess *c = begin("read -r l; printf '1\\n2\\n'; read -r l; "
	    "echo 3");
	struct error err;
	char answer[100];

	(void)state;
	assert_int_equal(ask(c, "x\n", LONG, answer, &err), 1);
	assert_string_equal(answer, "1");
	assert_int_equal(ask(c, "y\n", LONG, answer, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_non_null(strstr(err.text, "nobody asked for"));
	coprocess_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_restarts),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_out_of_turn),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
