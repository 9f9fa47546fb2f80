#ifndef RL_IDTABLE_H
#define RL_IDTABLE_H

#include <stddef.h>

/* Numbers for strings, in the order in which they first came. */
struct idtable;

struct idtable *idtable_new(void); /* NULL when memory ran out */
void idtable_free(struct idtable *t);

/*
 * idtable_index(t, text, length):
 * The number of ${text} (any bytes; copied), counted from 0; a new one if it
 * was not seen before.  SIZE_MAX when memory ran out.
 */
size_t idtable_index(struct idtable *t, const char *text, size_t length);

/* How many there are, and the text of number ${i}, NUL-terminated. */
size_t idtable_count(const struct idtable *t);
const char *idtable_text(const struct idtable *t, size_t i, size_t *length);

#endif
