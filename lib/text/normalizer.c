/*
 * NFC by utf8proc's tables.  The order of combining marks is made here, by
 * counting, because utf8proc_decompose takes quadratic time for it.
 */
#include "lib/text/normalizer.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/text/stage.h"
#include "lib/text/utf8.h"

#define CLASSES 256

static int
take(void *normalizer, const char *type, const json_t *json, struct error *err)
{
	enum normalizer *n = normalizer;

	(void)json;
	if (strcmp(type, "NFC") != 0)
		return error_set(err, STATUS_DATA,
		    "normalizer type '%s' is not supported", type);
	*n = NORMALIZER_NFC;
	return 0;
}

int
normalizer_read(const json_t *json, enum normalizer *n, struct error *err)
{
	static const struct stage stage = {"normalizer", "normalizers", take};

	if (json == NULL || json_is_null(json))
		return 0;
	return stage_read(&stage, json, n, err);
}

/*
 * How much of the text is NFC whatever follows: code points below U+0300 are
 * composed starters; the last of them may yet combine with what follows.
 */
static size_t
plain_prefix(const char *text, size_t length)
{
	size_t at = 0;

	/* 0xCC is the lead byte of U+0300. */
	while (at < length && (unsigned char)text[at] < 0xCC)
		at++;
	if (at == length)
		return at;
	while (at > 0 && ((unsigned char)text[--at] & 0xC0) == 0x80)
		;
	return at;
}

/*
 * The length of the beginning that may need work, up to a code point that is
 * composed and combines with nothing before it.
 */
static size_t
other_prefix(const char *text, size_t length)
{
	size_t at = 0;

	if (length == 0)
		return 0;
	do
		at++;
	while (at < length && ((unsigned char)text[at] & 0xC0) == 0x80);
	while (at < length && ((unsigned char)text[at] >= 0xCC ||
	    ((unsigned char)text[at] & 0xC0) == 0x80))
		at++;
	return at;
}

static unsigned
combining_class(utf8proc_int32_t code)
{
	return (unsigned)utf8proc_get_property(code)->combining_class &
	    (CLASSES - 1);
}

/* Sort ${codes}, all with a class above 0, by class; equal ones stay. */
static int
sort_marks(utf8proc_int32_t *codes, size_t count)
{
	size_t place[CLASSES + 1] = {0};
	utf8proc_int32_t *sorted = malloc(count * sizeof(*sorted));

	if (sorted == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		place[combining_class(codes[i]) + 1]++;
	for (size_t c = 1; c < CLASSES; c++)
		place[c] += place[c - 1];
	for (size_t i = 0; i < count; i++)
		sorted[place[combining_class(codes[i])]++] = codes[i];
	memcpy(codes, sorted, count * sizeof(*sorted));
	free(sorted);
	return 0;
}

/* The canonical decomposition, ordered; NULL when memory ran out. */
static utf8proc_int32_t *
decompose(const char *text, size_t length, size_t *count)
{
	/* No code point decomposes into more than 4, and a byte into 2. */
	utf8proc_int32_t *codes = malloc((2 * length + 4) * sizeof(*codes));
	size_t n = 0, marks = 0;
	utf8proc_ssize_t k;
	uint32_t code;
	int class;

	if (codes == NULL)
		return NULL;
	for (size_t at = 0; at < length;) {
		at += utf8_decode(text + at, length - at, &code);
		k = utf8proc_decompose_char((utf8proc_int32_t)code, codes + n,
		    4, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, &class);
		for (; k > 0; k--, n++) {
			if (combining_class(codes[n]) > 0)
				continue;
			if (n - marks > 1 &&
			    sort_marks(codes + marks, n - marks) == -1)
				goto out;
			marks = n + 1;
		}
	}
	if (n - marks > 1 && sort_marks(codes + marks, n - marks) == -1)
		goto out;
	*count = n;
	return codes;
out:
	free(codes);
	return NULL;
}

static int
compose(const char *text, size_t length, struct buffer *out)
{
	utf8proc_int32_t *codes;
	utf8proc_ssize_t composed;
	size_t count = 0;
	char bytes[4];
	int rc = -1;

	codes = decompose(text, length, &count);
	if (codes == NULL)
		return -1;
	composed = utf8proc_normalize_utf32(codes, (utf8proc_ssize_t)count,
	    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	for (utf8proc_ssize_t i = 0; i < composed; i++)
		if (buffer_add(out, bytes, utf8_encode((uint32_t)codes[i],
		    bytes)) == -1)
			goto out;
	rc = 0;
out:
	free(codes);
	return rc;
}

int
normalizer_apply(enum normalizer form, const char *text, size_t length,
    struct buffer *scratch, const char **result, size_t *result_length,
    struct error *err)
{
	size_t n;

	*result = text;
	*result_length = length;
	if (form == NORMALIZER_NONE || plain_prefix(text, length) == length)
		return 0;
	buffer_clear(scratch);
	for (size_t at = 0; at < length; at += n) {
		n = plain_prefix(text + at, length - at);
		if (buffer_add(scratch, text + at, n) == -1)
			goto memory;
		at += n;
		n = other_prefix(text + at, length - at);
		if (n > 0 && compose(text + at, n, scratch) == -1)
			goto memory;
	}
	*result = scratch->data;
	*result_length = scratch->length;
	return 0;
memory:
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}
