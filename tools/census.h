#ifndef TOOLS_CENSUS_H
#define TOOLS_CENSUS_H

#include <stddef.h>

#include "tools/judge.h"

/*
 * How many records have a status other than "ok", and why: nobody is to train
 * for a day on zeros.
 */
#define CENSUS_CAUSES 10

struct census {
	size_t records, bad;
	size_t cause[CENSUS_CAUSES];
};

/* Count a record. */
void census_add(struct census *c, const struct judge_note *note);

/*
 * census_warning(c, most, text, size):
 * Whether more than the share ${most} of at least a hundred records have no
 * usable answer; ${text} then says so, with the likely causes, the greatest
 * first.
 */
int census_warning(const struct census *c, double most, char *text,
    size_t size);

#endif
