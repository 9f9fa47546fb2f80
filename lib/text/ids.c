/* A growing array of token ids. */
#include "lib/text/ids.h"

#include <stdlib.h>
#include <string.h>

int
ids_reserve(struct ids *a, size_t more)
{
	size_t capacity = a->capacity;
	int32_t *data;

	if (more <= capacity - a->length)
		return 0;
	if (more > SIZE_MAX / sizeof(*data) / 2 - a->length)
		return -1;
	if (capacity < 64)
		capacity = 64;
	while (capacity - a->length < more)
		capacity *= 2;
	data = realloc(a->data, capacity * sizeof(*data));
	if (data == NULL)
		return -1;
	a->data = data;
	a->capacity = capacity;
	return 0;
}

int
ids_append(struct ids *a, const int32_t *ids, size_t count)
{
	if (ids_reserve(a, count) == -1)
		return -1;
	if (count > 0)
		memcpy(a->data + a->length, ids, count * sizeof(*ids));
	a->length += count;
	return 0;
}

int
ids_add(struct ids *a, int32_t id)
{
	return ids_append(a, &id, 1);
}

void
ids_free(struct ids *a)
{
	free(a->data);
	*a = (struct ids){0};
}
