#ifndef IO_STSHARD_H
#define IO_STSHARD_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/io/safetensors.h"

/* One mapped safetensors file; zero-initialise it. */
struct stshard {
	const unsigned char *map;
	size_t length;
	json_t *header; /* owns the tensors' names */
	struct tensor *tensors; /* in the header's order */
	size_t count;
};

/*
 * stshard_open(s, path, err):
 * Map and check a file.  Returns 0, or -1 with STATUS_NOINPUT, STATUS_IO or
 * STATUS_DATA; ${s} is to be closed in either case.
 */
int stshard_open(struct stshard *s, const char *path, struct error *err);

void stshard_close(struct stshard *s);

#endif
