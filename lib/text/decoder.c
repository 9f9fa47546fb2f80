/* Ids to text as they come; never half a UTF-8 sequence. */
#include "lib/text/decoder.h"

#include <string.h>

#include "lib/text/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/*
 * Append what is certain of s; the unfinished sequence at its end, 3 bytes
 * at most, is left to the caller, whose place in s is returned (-1: no
 * memory).
 */
static ptrdiff_t
settle(const char *s, size_t length, struct buffer *out)
{
	size_t at = 0, n;
	int truncated;

	while (at < length) {
		n = utf8_valid(s + at, length - at);
		if (n > 0 && buffer_add(out, s + at, n) == -1)
			return -1;
		at += n;
		if (at == length)
			break;
		n = utf8_ill_formed(s + at, length - at, &truncated);
		if (truncated)
			break;
		if (buffer_add(out, REPLACEMENT, 3) == -1)
			return -1;
		at += n;
	}
	return (ptrdiff_t)at;
}

int
decoder_feed_bytes(struct decoder *d, const char *bytes, size_t length,
    struct buffer *out)
{
	char head[8];
	ptrdiff_t at;
	size_t n;

	/* Finish the tail first: at most 3 old bytes and 4 new ones. */
	while (d->length > 0 && length > 0) {
		n = length < 4 ? length : 4;
		memcpy(head, d->tail, d->length);
		memcpy(head + d->length, bytes, n);
		at = settle(head, d->length + n, out);
		if (at == -1)
			return -1;
		if ((size_t)at >= d->length) {
			bytes += (size_t)at - d->length;
			length -= (size_t)at - d->length;
			d->length = 0;
		} else {
			/* All of it is one unfinished sequence. */
			d->length += n - (size_t)at;
			memcpy(d->tail, head + at, d->length);
			return 0;
		}
	}
	if (length == 0)
		return 0;
	at = settle(bytes, length, out);
	if (at == -1)
		return -1;
	d->length = length - (size_t)at;
	memcpy(d->tail, bytes + at, d->length);
	return 0;
}

int
decoder_feed(struct decoder *d, const struct tokenizer *t, int32_t id,
    int skip_special, struct buffer *out)
{
	const char *bytes;
	size_t length;

	if (skip_special && tokenizer_is_special(t, id))
		return 0;
	bytes = tokenizer_bytes(t, id, &length);
	return decoder_feed_bytes(d, bytes, length, out);
}

int
decoder_flush(struct decoder *d, struct buffer *out)
{
	size_t length = d->length;

	d->length = 0;
	return length > 0 ? buffer_add(out, REPLACEMENT, 3) : 0;
}
