/* Signals as a flag: the one mutable global, as a handler has no argument.  All
 * threads look at it. */
#include "lib/base/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int pending;

static void
on_signal(int number)
{
	pending = 128 + number;
}

void
signals_install(void)
{
	struct sigaction action = {.sa_handler = on_signal}, old;

	/* No SA_RESTART: a read that waits for input must notice. */
	action.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	action.sa_flags = 0;
	sigaction(SIGPIPE, &action, NULL);
}

int
signals_pending(void)
{
	return pending;
}
