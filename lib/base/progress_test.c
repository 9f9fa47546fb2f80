#include "lib/base/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* What a bar over three records puts on standard error, a pipe. */
static size_t
drawn(char *text, size_t size, size_t total, int force, int quiet)
{
	struct progress *p;
	int fds[2], saved;
	ssize_t n;

	fflush(stderr);
	saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	p = progress_new("tool", "records", total, force, quiet);
	progress_update(p, 1, NULL);
	progress_update(p, 3, "loss 0.5");
	progress_hide(p);
	progress_free(p);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(fds[0], text, size - 1);
	close(fds[0]);
	assert_true(n >= 0);
	text[n] = '\0';
	return (size_t)n;
}

static void
test_progress(void **state)
{
	char text[4096];

	(void)state;
	assert_true(drawn(text, sizeof(text), 5, 1, 0) > 0);
	assert_non_null(strstr(text, "\rtool: 3/5 records, "));
	assert_non_null(strstr(text, " left, loss 0.5\033[K\n"));
	assert_true(drawn(text, sizeof(text), 0, 1, 0) > 0);
	assert_non_null(strstr(text, "\rtool: 3 records, "));
	assert_null(strstr(text, "left"));
	/* Not on a pipe unless forced, and never when quiet. */
	assert_int_equal(drawn(text, sizeof(text), 5, 0, 0), 0);
	assert_int_equal(drawn(text, sizeof(text), 5, 1, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progress),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
