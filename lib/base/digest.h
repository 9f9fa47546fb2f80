#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include "lib/base/error.h"

#define DIGEST_HEX 65 /* 64 digits and a NUL */

/*
 * SHA-256 in hexadecimal, of a file, of ${count} files joined in their order (1
 * at least), or of bytes.  Returns 0, or -1 with STATUS_NOINPUT (no such file),
 * STATUS_IO or STATUS_INTERNAL.
 */
int digest_file(char hex[DIGEST_HEX], const char *path, struct error *err);
int digest_files(char hex[DIGEST_HEX], const char *const *paths, size_t count,
    struct error *err);
int digest_bytes(char hex[DIGEST_HEX], const void *data, size_t length,
    struct error *err);

#endif
