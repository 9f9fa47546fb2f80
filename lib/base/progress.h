#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stddef.h>

/*
 * One line on standard error, drawn again at most ten times a second:
 * "empg-score: 120/500 records, 34.1/s, 0:11 left".  Nothing is drawn unless
 * standard error is a terminal or ${force} is set.
 */
struct progress;

/*
 * progress_new(name, unit, total, force, quiet):
 * ${name} and ${unit} ("records") are borrowed; ${total} 0 means unknown.
 * Returns NULL, which all functions take, where nothing is to be drawn.
 */
struct progress *progress_new(const char *name, const char *unit, size_t total,
    int force, int quiet);

/* ${done} of them are done; ${note}, if not NULL, is shown behind. */
void progress_update(struct progress *p, size_t done, const char *note);

/* Erase the line, so that a message can be printed; the next update redraws. */
void progress_hide(struct progress *p);

/* Draw the last state, end the line, free. */
void progress_free(struct progress *p);

#endif
