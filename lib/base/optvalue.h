#ifndef BASE_OPTVALUE_H
#define BASE_OPTVALUE_H

#include "lib/base/options.h"

/*
 * optvalue_set(row, text, err):
 * Store ${text} into the target of ${row}: a LIST grows by it, a STRING keeps
 * the pointer, a FLAG takes "true" and "false".  Returns 0, or -1 with
 * STATUS_USAGE and a message that begins with the option's name.
 */
int optvalue_set(const struct option *row, const char *text,
    struct error *err);

/* Make a LIST empty and free its array; nothing for other types. */
void optvalue_clear(const struct option *row);

#endif
