#ifndef TEXT_BPE_H
#define TEXT_BPE_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/text/ids.h"
#include "lib/text/vocab.h"

/*
 * Byte pair encoding (Sennrich et al., "Neural machine translation of rare
 * words with subword units", ACL 2016) on bytes: a word's symbols are merged
 * in the order of the merges' ranks, the leftmost pair first.
 */
struct bpe;

/*
 * bpe_new(json, v, err):
 * The "model" of tokenizer.json; its vocabulary enters the empty ${v}, which
 * is borrowed.  Returns NULL with STATUS_DATA or STATUS_TEMPFAIL.
 */
struct bpe *bpe_new(const json_t *json, struct vocab *v, struct error *err);

void bpe_free(struct bpe *b);

/*
 * bpe_encode(b, word, length, out, err):
 * Append the ids of ${word} (bytes) to ${out}; time O(n log n).  Returns 0,
 * or -1 (STATUS_DATA: unk_token is needed but is not in the vocabulary, or
 * the word is beyond 2^31 bytes; STATUS_TEMPFAIL).
 */
int bpe_encode(struct bpe *b, const char *word, size_t length,
    struct ids *out, struct error *err);

#endif
