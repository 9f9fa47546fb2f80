#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/*
 * SIGINT and SIGTERM set a flag, and interrupt a blocking read or write; a
 * second one kills as usual.  SIGPIPE is ignored: a write to a pipe that
 * nobody reads fails with EPIPE, which ends a tool quietly with status 0.  A
 * tool that starts programs calls signals_default in the child before exec.
 */
void signals_install(void);

/* 0, or 128 + the number of the signal that came: 130 or 143. */
int signals_pending(void);

/* Default handlers again. */
void signals_default(void);

#endif
