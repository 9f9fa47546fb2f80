#ifndef TEXT_PRETOKENIZER_H
#define TEXT_PRETOKENIZER_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"

/* What cuts a text into words: Split, Digits and, last, ByteLevel. */
struct pretokenizer;

/*
 * pretokenizer_new(json, err):
 * The "pre_tokenizer" of tokenizer.json.  Returns NULL with STATUS_DATA or
 * STATUS_TEMPFAIL.
 */
struct pretokenizer *pretokenizer_new(const json_t *json, struct error *err);

void pretokenizer_free(struct pretokenizer *p);

/* Takes one word, valid during the call.  Returns 0, or -1 with an error. */
typedef int pretokenizer_word(void *arg, const char *word, size_t length,
    struct error *err);

/*
 * pretokenizer_apply(p, text, length, word, arg, err):
 * Call ${word} for every word of the valid UTF-8 ${text}, in order; none is
 * empty.  Words are bytes, not yet written in the byte alphabet.  Returns 0,
 * or -1 (${word}'s error, or STATUS_DATA where a regex gave up).
 */
int pretokenizer_apply(struct pretokenizer *p, const char *text,
    size_t length, pretokenizer_word *word, void *arg, struct error *err);

#endif
