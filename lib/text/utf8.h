#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * utf8_decode(s, length, code):
 * The code point at ${s} into ${code}; returns its number of bytes, or 0 if
 * ${s} does not begin with a well-formed sequence (Unicode, table 3-7).
 */
size_t utf8_decode(const char *s, size_t length, uint32_t *code);

/*
 * utf8_ill_formed(s, length, truncated):
 * Where utf8_decode gave 0: the number of bytes (1 to 3) of the maximal part
 * of an ill-formed sequence at ${s}, which a decoder replaces by one U+FFFD.
 * ${truncated} tells whether more bytes could make it well-formed.
 */
size_t utf8_ill_formed(const char *s, size_t length, int *truncated);

/* The length of the longest well-formed beginning of ${s}. */
size_t utf8_valid(const char *s, size_t length);

/* Write ${code} as 1 to 4 bytes; returns their number. */
size_t utf8_encode(uint32_t code, char bytes[4]);

/* Whether ${code} has the property White_Space. */
int utf8_is_space(uint32_t code);

/* Whether ${code} is a word character (UTS #18: \w). */
int utf8_is_word(uint32_t code);

#endif
