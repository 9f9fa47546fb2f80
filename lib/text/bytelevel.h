#ifndef TEXT_BYTELEVEL_H
#define TEXT_BYTELEVEL_H

#include <stddef.h>

#include "lib/base/buffer.h"

/*
 * GPT-2's way to write bytes in a JSON vocabulary: each byte as a printable
 * character, itself where it is one in Latin-1, else U+0100 and following.
 */

/* Append the characters of ${bytes}.  Returns 0, or -1 (out of memory). */
int bytelevel_encode(const char *bytes, size_t length, struct buffer *out);

/*
 * bytelevel_decode(token, length, out):
 * Append the bytes that ${token} is written for; a token with a character
 * outside of the 256 stands for its own UTF-8.  Returns 0, or -1 (out of
 * memory).
 */
int bytelevel_decode(const char *token, size_t length, struct buffer *out);

#endif
