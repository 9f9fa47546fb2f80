#ifndef TEXT_VOCAB_H
#define TEXT_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/* The tokens: how each is written, its id, and the bytes it stands for. */
struct vocab;

/* NULL when memory ran out. */
struct vocab *vocab_new(void);

void vocab_free(struct vocab *v);

/*
 * vocab_add(v, token, length, id, err):
 * Give the token written ${token} the id ${id}; its bytes are what the
 * ByteLevel decoder makes of it.  Returns 0, or -1 (STATUS_DATA: the id is
 * out of range or another token's, or the token has another id;
 * STATUS_TEMPFAIL).
 */
int vocab_add(struct vocab *v, const char *token, size_t length, int64_t id,
    struct error *err);

/* The same bytes as another spelling has (a normalised added token). */
int vocab_respell(struct vocab *v, int32_t id, const char *token,
    size_t length);

/* The id of a token, or -1. */
int32_t vocab_id(const struct vocab *v, const char *token, size_t length);

/* A token as it is written, and its bytes; NULL and 0 for an unused id. */
const char *vocab_token(const struct vocab *v, int32_t id, size_t *length);
const char *vocab_bytes(const struct vocab *v, int32_t id, size_t *length);

/* One more than the largest id. */
size_t vocab_size(const struct vocab *v);

#endif
