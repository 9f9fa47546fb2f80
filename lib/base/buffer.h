#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

/* A growing array of bytes; zero-initialise it, free it with buffer_free. */
struct buffer {
	char *data; /* always NUL-terminated once anything was added */
	size_t length;
	size_t capacity;
};

/* Each returns 0, or -1 when memory ran out (the buffer is unchanged). */
int buffer_add(struct buffer *b, const void *data, size_t length);
int buffer_add_string(struct buffer *b, const char *s);
int buffer_reserve(struct buffer *b, size_t more);

/* Empty it, keeping the memory. */
void buffer_clear(struct buffer *b);

/* Free the memory and zero the struct; legal on a zeroed struct. */
void buffer_free(struct buffer *b);

#endif
