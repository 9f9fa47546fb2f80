#ifndef TEXT_IDS_H
#define TEXT_IDS_H

#include <stddef.h>
#include <stdint.h>

/* A growing array of token ids; zero-initialise it, free it with ids_free. */
struct ids {
	int32_t *data;
	size_t length;
	size_t capacity;
};

/* Each returns 0, or -1 when memory ran out (the array is unchanged). */
int ids_add(struct ids *a, int32_t id);
int ids_append(struct ids *a, const int32_t *ids, size_t count);

/* Make room for ${more} ids behind the last. */
int ids_reserve(struct ids *a, size_t more);

/* Free the memory and zero the struct; legal on a zeroed struct. */
void ids_free(struct ids *a);

#endif
