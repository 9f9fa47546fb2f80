#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/*
 * SIGINT, SIGTERM and, unless it is ignored already as by nohup(1), SIGHUP
 * set a flag, and interrupt a blocking read or write; a second one kills as
 * usual.  SIGPIPE is ignored: a write to a pipe that nobody reads fails with
 * EPIPE, which ends a tool quietly with status 0.  A program that is started
 * is to get SIGPIPE's default back.
 */
void signals_install(void);

/* 0, or 128 + the number of the signal that came: 129, 130 or 143. */
int signals_pending(void);

#endif
