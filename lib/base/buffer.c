/* A growing array of bytes, kept NUL-terminated so that it reads as text. */
#include "lib/base/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
buffer_reserve(struct buffer *b, size_t more)
{
	size_t capacity, need;
	char *data;

	if (more > SIZE_MAX / 2 || b->length > SIZE_MAX / 2 - more)
		return -1;
	need = b->length + more + 1;
	if (need <= b->capacity)
		return 0;
	capacity = b->capacity < 32 ? 64 : b->capacity * 2;
	if (capacity < need)
		capacity = need;
	data = realloc(b->data, capacity);
	if (data == NULL)
		return -1;
	b->data = data;
	b->capacity = capacity;
	b->data[b->length] = '\0';
	return 0;
}

int
buffer_add(struct buffer *b, const void *data, size_t length)
{
	if (buffer_reserve(b, length) != 0)
		return -1;
	if (length > 0)
		memcpy(b->data + b->length, data, length);
	b->length += length;
	b->data[b->length] = '\0';
	return 0;
}

int
buffer_add_string(struct buffer *b, const char *s)
{
	return buffer_add(b, s, strlen(s));
}

void
buffer_clear(struct buffer *b)
{
	b->length = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buffer_free(struct buffer *b)
{
	if (b == NULL)
		return;
	free(b->data);
	memset(b, 0, sizeof(*b));
}
