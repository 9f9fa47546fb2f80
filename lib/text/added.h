#ifndef TEXT_ADDED_H
#define TEXT_ADDED_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/text/normalizer.h"
#include "lib/text/vocab.h"

/* Added tokens: found in the text before anything else looks at it. */
struct added;

/*
 * added_new(json, v, n, err):
 * The "added_tokens" of tokenizer.json (NULL: none); they enter ${v}.
 * Returns NULL with STATUS_DATA or STATUS_TEMPFAIL.
 */
struct added *added_new(const json_t *json, struct vocab *v,
    enum normalizer n, struct error *err);

void added_free(struct added *a);

/* Whether ${id} is a special token. */
int added_is_special(const struct added *a, int32_t id);

/* Which tokens to find: those for the text as it came, or normalised. */
enum added_stage {
	ADDED_RAW,
	ADDED_NORMALIZED
};

/* Takes a piece: an added token's ${id}, or -1 and text.  0, or -1. */
typedef int added_piece(void *arg, int32_t id, const char *text,
    size_t length, struct error *err);

/*
 * added_split(a, stage, special, text, length, piece, arg, err):
 * Call ${piece} for each piece of ${text} in order: at each place the longest
 * token wins, the leftmost place first.  Without ${special} special tokens
 * are text.  Returns 0, or -1 with ${piece}'s error.
 */
int added_split(const struct added *a, enum added_stage stage, int special,
    const char *text, size_t length, added_piece *piece, void *arg,
    struct error *err);

#endif
