#ifndef TOOLS_FORECAST_H
#define TOOLS_FORECAST_H

#include <stdio.h>

#include "lib/base/error.h"
#include "tools/engine.h"
#include "tools/update.h"

/*
 * forecast_print(out, o, e, device, err):
 * A table of the memory that an update with these options takes on a device of
 * ${device} bytes; the checkpoint's config.json is all that is read.
 */
int forecast_print(FILE *out, const struct update_options *o,
    const struct engine *e, size_t device, struct error *err);

#endif
