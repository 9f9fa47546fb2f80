#ifndef RL_BEHAVIOUR_H
#define RL_BEHAVIOUR_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * Reasoning behaviours, told by words and marks in a response: a rough,
 * reproducible measure, not a reading.  The expressions stand in behaviour.c
 * and in empg-eval(1).
 */
enum {
	BEHAVIOUR_VERIFICATION,
	BEHAVIOUR_BACKTRACKING,
	BEHAVIOUR_DECOMPOSITION,
	BEHAVIOUR_CORRECTION,
	BEHAVIOUR_CODE,
	BEHAVIOURS
};

/* "self_verification", ... */
const char *behaviour_name(size_t i);

struct behaviour;

struct behaviour *behaviour_new(struct error *err);
void behaviour_free(struct behaviour *b);

/* A bit (1 << BEHAVIOUR_x) for each that ${text}, UTF-8, shows. */
unsigned behaviour_seen(const struct behaviour *b, const char *text,
    size_t length);

#endif
