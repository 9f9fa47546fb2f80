/*
 * Fuzz entry: any bytes encode, their ids give the bytes back, and decoding
 * in a stream equals decoding at once.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/text/decoder.h"
#include "lib/text/tokenizer.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check(int right)
{
	if (!right)
		abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	/* A cache of the fuzzer's: opening takes longer than encoding. */
	static struct tokenizer *t;
	struct buffer whole = {0}, stream = {0}, bytes = {0};
	struct decoder d = {0};
	struct ids ids = {0};
	const char *token;
	size_t length;

	if (t == NULL)
		t = tokenizer_open("testdata/tokenizer/llama3", NULL);
	check(t != NULL);
	check(tokenizer_encode(t, (const char *)data, size,
	    TOKENIZER_SPECIAL, &ids, NULL) == 0);
	for (size_t i = 0; i < ids.length; i++) {
		token = tokenizer_bytes(t, ids.data[i], &length);
		check(buffer_add(&bytes, token, length) == 0);
		check(decoder_feed(&d, t, ids.data[i], 0, &stream) == 0);
	}
	check(decoder_flush(&d, &stream) == 0);
	check(bytes.length == size);
	check(size == 0 || memcmp(bytes.data, data, size) == 0);
	check(tokenizer_decode(t, ids.data, ids.length, 0, &whole,
	    NULL) == 0);
	check(whole.length == stream.length);
	check(whole.length == 0 ||
	    memcmp(whole.data, stream.data, whole.length) == 0);
	buffer_free(&whole);
	buffer_free(&stream);
	buffer_free(&bytes);
	ids_free(&ids);
	return 0;
}
