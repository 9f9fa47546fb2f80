#ifndef TEXT_WORDCACHE_H
#define TEXT_WORDCACHE_H

#include <stddef.h>
#include <stdint.h>

/* Ids of words seen before; it forgets everything when it is full. */
struct wordcache;

/* NULL when memory ran out. */
struct wordcache *wordcache_new(void);

void wordcache_free(struct wordcache *c);

/*
 * wordcache_get(c, word, length, count):
 * The ids of ${word}, valid until the next put, or NULL if it is not there.
 */
const int32_t *wordcache_get(const struct wordcache *c, const char *word,
    size_t length, size_t *count);

/* Remember ${ids}; a word that is too long, or no memory, is no error. */
void wordcache_put(struct wordcache *c, const char *word, size_t length,
    const int32_t *ids, size_t count);

#endif
