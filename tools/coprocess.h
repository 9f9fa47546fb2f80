#ifndef TOOLS_COPROCESS_H
#define TOOLS_COPROCESS_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/*
 * A program that answers each line on its standard input with one line on its
 * standard output, and flushes it.  It is run by /bin/sh in a process group of
 * its own, with our standard error, and started when it is first asked.  One
 * `struct coprocess` serves one thread.
 */
struct coprocess;

/* ${command} is borrowed.  NULL when memory ran out. */
struct coprocess *coprocess_new(const char *command, struct error *err);

/*
 * coprocess_ask(c, line, seconds, answer, err):
 * Send ${line}, which ends in its newline, and set ${answer} to the line that
 * comes back, without its newline.  Returns 1; 0 when it took longer than
 * ${seconds} (the program is killed, and started afresh for the next line); -1
 * with STATUS_DATA when the program ended without an answer, twice, the second
 * time started afresh for this very line, or when it wrote a line that nobody
 * had asked for; STATUS_UNAVAILABLE when there is no such program; 128 + N
 * when signal N came.
 */
int coprocess_ask(struct coprocess *c, const struct buffer *line,
    double seconds, struct buffer *answer, struct error *err);

/* End the program: its input is closed, and after a second it is killed. */
void coprocess_free(struct coprocess *c);

#endif
