#ifndef TEXT_JSONFILE_H
#define TEXT_JSONFILE_H

#include <jansson.h>

#include "lib/base/error.h"

/*
 * jsonfile_load(dir, name, err):
 * The JSON object in ${dir}/${name}: a new reference.  Returns NULL with
 * STATUS_NOINPUT (none that can be read), STATUS_IO, STATUS_DATA (not an
 * object; the message has the line) or STATUS_TEMPFAIL.
 */
json_t *jsonfile_load(const char *dir, const char *name, struct error *err);

/*
 * jsonfile_read(dir, name, length, err):
 * The whole file, NUL-terminated, to be freed; the same errors.
 */
char *jsonfile_read(const char *dir, const char *name, size_t *length,
    struct error *err);

/* Whether there is something of that name, for files that may be missing. */
int jsonfile_exists(const char *dir, const char *name);

#endif
