#ifndef BASE_OPTUSAGE_H
#define BASE_OPTUSAGE_H

#include "lib/base/options.h"

/*
 * A line or more for each row, wrapped at 80 columns.  An option's first line
 * begins with two spaces, and "-x, --NAME" or four more spaces and "--NAME".
 */
void optusage_print(const struct option *table, FILE *to);

#endif
