#include "lib/base/signals.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* What a child that runs ${body} ends with. */
static int
status_of(void body(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		signals_install();
		body();
		_exit(signals_pending());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
nothing(void)
{
}

static void
interrupt(void)
{
	raise(SIGINT);
}

static void
terminate(void)
{
	raise(SIGTERM);
}

static void
interrupt_twice(void)
{
	raise(SIGINT);
	raise(SIGINT);
}

static void
broken_pipe(void)
{
	int fds[2];

	if (pipe(fds) != 0 || close(fds[0]) != 0 ||
	    write(fds[1], "x", 1) != -1 || errno != EPIPE)
		_exit(1);
}

static void
hang_up(void)
{
	raise(SIGHUP);
}

static void
test_flag(void **state)
{
	(void)state;
	signal(SIGHUP, SIG_DFL); /* a test under nohup begins without it */
	assert_int_equal(WEXITSTATUS(status_of(nothing)), 0);
	assert_int_equal(WEXITSTATUS(status_of(interrupt)), 130);
	assert_int_equal(WEXITSTATUS(status_of(terminate)), 143);
	assert_int_equal(WEXITSTATUS(status_of(broken_pipe)), 0);
	assert_int_equal(WEXITSTATUS(status_of(hang_up)), 129);
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(WEXITSTATUS(status_of(hang_up)), 0);
	signal(SIGHUP, SIG_DFL);
}

static void
test_kills(void **state)
{
	int status;

	(void)state;
	status = status_of(interrupt_twice);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flag),
		cmocka_unit_test(test_kills),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
