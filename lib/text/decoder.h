#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/text/tokenizer.h"

/*
 * Decoding while ids arrive.  What it gives is always whole UTF-8 sequences,
 * and all of it together, the flush included, is what tokenizer_decode gives
 * for all ids at once.
 */
struct decoder {
	unsigned char tail[4]; /* the beginning of a sequence, not yet whole */
	size_t length;
};

/*
 * decoder_feed(d, t, id, skip_special, out):
 * Append to ${out} the text that is certain now that ${id} was added.
 * ${d} starts zeroed.  Returns 0, or -1 when memory ran out.
 */
int decoder_feed(struct decoder *d, const struct tokenizer *t, int32_t id,
    int skip_special, struct buffer *out);

/* The same for raw bytes. */
int decoder_feed_bytes(struct decoder *d, const char *bytes, size_t length,
    struct buffer *out);

/*
 * decoder_flush(d, out):
 * The end: an unfinished sequence becomes U+FFFD; ${d} can be used again.
 * Returns 0, or -1 when memory ran out.
 */
int decoder_flush(struct decoder *d, struct buffer *out);

#endif
