#ifndef MODEL_PARCEL_H
#define MODEL_PARCEL_H

#include <stddef.h>

#include "kernels/kernels.h"

/*
 * Small arrays that reach the device in one upload.  The same sizes in the
 * same order lie at the same places each time.
 */
struct parcel {
	unsigned char *host;   /* (bytes) */
	unsigned char *device; /* (bytes) the caller's, and set by it */
	size_t bytes, used;
};

/* What an array of so many bytes takes. */
size_t parcel_space(size_t bytes);

/* Room on the host for ${bytes}; 0, or -1 when there is no memory. */
int parcel_new(struct parcel *p, size_t bytes);
void parcel_free(struct parcel *p);

/* Add an array; where it will be on the device. */
void *parcel_add(struct parcel *p, const void *host, size_t bytes);

/* Send what was added, and begin anew. */
void parcel_send(struct parcel *p, struct kernels *k);

#endif
