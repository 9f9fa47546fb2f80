/* A program beside ours: a line in, a line out. */
#include "tools/coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/signals.h"

extern char **environ;

#define SLICE 50          /* ms between looks for a signal */
#define GRACE 1.0         /* seconds to end by itself */
#define LONGEST (1 << 24) /* bytes of an answer */

struct coprocess {
	const char *command;
	pid_t pid;         /* 0: it does not run */
	int to, from;      /* its standard input and output */
	struct buffer got; /* read and not used */
	int status;        /* how it ended last, as waitpid has it */
};

struct coprocess *
coprocess_new(const char *command, struct error *err)
{
	struct coprocess *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	c->command = command;
	c->to = c->from = -1;
	return c;
}

/* What is done in the child: its descriptors, group and signals. */
static int
spawn(struct coprocess *c, int in, int out)
{
	char shell[] = "sh", flag[] = "-c";
	char *argv[] = {shell, flag, (char *)(uintptr_t)c->command, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, common;
	int rc;

	sigemptyset(&none);
	sigemptyset(&common);
	sigaddset(&common, SIGINT);
	sigaddset(&common, SIGTERM);
	sigaddset(&common, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &common);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(&c->pid, "/bin/sh", &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (rc != 0)
		c->pid = 0;
	return rc;
}

static int
start(struct coprocess *c, struct error *err)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, rc = -1;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
		rc = errno;
		goto out;
	}
	rc = spawn(c, in[0], out[1]);
	if (rc != 0)
		goto out;
	c->to = in[1];
	c->from = out[0];
	in[1] = out[0] = -1;
	fcntl(c->to, F_SETFL, O_NONBLOCK);
	fcntl(c->from, F_SETFL, O_NONBLOCK);
	buffer_clear(&c->got);
out:
	for (int i = 0; i < 2; i++) {
		if (in[i] >= 0)
			close(in[i]);
		if (out[i] >= 0)
			close(out[i]);
	}
	return rc == 0 ? 0 : error_set(err, STATUS_UNAVAILABLE,
	    "--command %s: %s", c->command, strerror(rc));
}

/* End it, after ${grace} seconds by force; nothing of its group stays. */
static void
stop(struct coprocess *c, double grace)
{
	const struct timespec tick = {0, 5000000};
	double end = clock_seconds() + grace;

	if (c->pid == 0)
		return;
	close(c->to);
	close(c->from);
	c->to = c->from = -1;
	while (waitpid(c->pid, &c->status, WNOHANG) == 0) {
		if (clock_seconds() < end && !signals_pending()) {
			nanosleep(&tick, NULL);
			continue;
		}
		kill(-c->pid, SIGKILL);
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			continue;
		break;
	}
	kill(-c->pid, SIGKILL); /* what it had started and left */
	c->pid = 0;
}

void
coprocess_free(struct coprocess *c)
{
	if (c == NULL)
		return;
	stop(c, GRACE);
	buffer_free(&c->got);
	free(c);
}

/* Wait for either end, till ${until} at most; 1, 0 (too late), -1 (signal). */
static int
wait_for(struct coprocess *c, int writing, double until, struct error *err)
{
	struct pollfd fds[2] = {{.fd = c->from, .events = POLLIN},
	    {.fd = writing ? c->to : -1, .events = POLLOUT}};
	double left;
	int n;

	for (;;) {
		if (signals_pending())
			return error_set(err, (enum status)signals_pending(),
			    "interrupted");
		left = (until - clock_seconds()) * 1e3;
		if (left <= 0)
			return 0;
		n = poll(fds, 2, left < SLICE ? (int)left + 1 : SLICE);
		if (n > 0)
			return 1;
	}
}

/* Take what it wrote; 1, 0 (nothing now), -1: it closed its end. */
static int
take(struct coprocess *c)
{
	char block[1 << 14];
	ssize_t n = read(c->from, block, sizeof(block));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0 || c->got.length > LONGEST ||
	    buffer_add(&c->got, block, (size_t)n) != 0)
		return -1;
	return 1;
}

/*
 * Send the line and wait for the answer: 1; 0 too late; -1 with an error; -2
 * when the program ended.  It may answer before it has read all.
 */
static int
exchange(struct coprocess *c, const struct buffer *line, double until,
    size_t *length, struct error *err)
{
	size_t sent = 0;
	const char *end;
	ssize_t n;
	int rc;

	while ((end = c->got.length == 0 ? NULL : memchr(c->got.data, '\n',
	    c->got.length)) == NULL) {
		rc = wait_for(c, sent < line->length, until, err);
		if (rc <= 0)
			return rc;
		if (take(c) < 0)
			return -2;
		if (sent == line->length)
			continue;
		n = write(c->to, line->data + sent, line->length - sent);
		if (n > 0)
			sent += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			sent = line->length; /* it reads no more: its answer
			                      * or its end will come */
	}
	*length = (size_t)(end - c->got.data);
	return 1;
}

static int
ended(struct coprocess *c, struct error *err)
{
	stop(c, GRACE);
	if (WIFSIGNALED(c->status))
		return error_set(err, STATUS_DATA,
		    "--command: ended by signal %d without an answer",
		    WTERMSIG(c->status));
	if (WEXITSTATUS(c->status) == 127 || WEXITSTATUS(c->status) == 126)
		return error_set(err, STATUS_UNAVAILABLE,
		    "--command %s: can't be run", c->command);
	return error_set(err, STATUS_DATA,
	    "--command: ended with status %d without an answer",
	    WEXITSTATUS(c->status));
}

int
coprocess_ask(struct coprocess *c, const struct buffer *line, double seconds,
    struct buffer *answer, struct error *err)
{
	double until = clock_seconds() + seconds;
	size_t length = 0;
	int rc = -2, turn;

	if (c->pid != 0)
		take(c);
	if (c->pid != 0 && c->got.length > 0) {
		stop(c, 0);
		return error_set(err, STATUS_DATA,
		    "--command: wrote a line that nobody asked for");
	}
	for (turn = 0; turn < 2 && rc == -2; turn++) {
		if (c->pid == 0 && start(c, err) != 0)
			return -1;
		rc = exchange(c, line, until, &length, err);
		if (rc == -2 && ended(c, err) != 0 &&
		    err->status != STATUS_DATA)
			return -1;
	}
	if (rc <= 0) {
		stop(c, 0);
		return rc == 0 ? 0 : -1;
	}
	buffer_clear(answer);
	if (buffer_add(answer, c->got.data, length) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	c->got.length -= length + 1;
	memmove(c->got.data, c->got.data + length + 1, c->got.length);
	return 1;
}
