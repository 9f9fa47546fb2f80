#ifndef TEXT_NORMALIZER_H
#define TEXT_NORMALIZER_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/* What happens to a text before it is split: nothing, or NFC. */
enum normalizer {
	NORMALIZER_NONE,
	NORMALIZER_NFC
};

/*
 * normalizer_read(json, n, err):
 * The "normalizer" of tokenizer.json: null, NFC, or a Sequence of these.
 * Returns 0, or -1 (STATUS_DATA).
 */
int normalizer_read(const json_t *json, enum normalizer *n,
    struct error *err);

/*
 * normalizer_apply(form, text, length, scratch, result, err):
 * Point ${result} at the normalised form of the valid UTF-8 ${text}: the text
 * itself where it is that already, else in ${scratch}, which is overwritten.
 * Returns 0, or -1 (STATUS_TEMPFAIL: out of memory).
 */
int normalizer_apply(enum normalizer form, const char *text, size_t length,
    struct buffer *scratch, const char **result, size_t *result_length,
    struct error *err);

#endif
