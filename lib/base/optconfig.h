#ifndef BASE_OPTCONFIG_H
#define BASE_OPTCONFIG_H

#include "lib/base/options.h"

/* The file of --config: a JSON object of long option names. */
struct optconfig;

/* NULL with STATUS_NOINPUT, or STATUS_DATA if it is no JSON object. */
struct optconfig *optconfig_load(const char *path, struct error *err);

/*
 * Set the targets of ${table}; strings point into ${c}.  Lists are arrays,
 * flags true or false.  0, or -1 with STATUS_USAGE, naming file and key.
 */
int optconfig_apply(struct optconfig *c, const struct option *table,
    struct error *err);

/* Whether it has the key; 0 for NULL. */
int optconfig_has(const struct optconfig *c, const char *name);

void optconfig_free(struct optconfig *c);

#endif
