#include "lib/text/decoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/utf8.h"

/* Feed ${length} bytes in pieces of random sizes, and flush. */
static void
feed(const char *bytes, size_t length, size_t most, struct buffer *out)
{
	struct decoder d = {0};
	size_t n, before;

	for (size_t at = 0; at < length; at += n) {
		n = 1 + (size_t)rand() % most;
		if (n > length - at)
			n = length - at;
		before = out->length;
		assert_int_equal(decoder_feed_bytes(&d, bytes + at, n, out),
		    0);
		/* Whole sequences only. */
		assert_int_equal(utf8_valid(out->data + before,
		    out->length - before), out->length - before);
	}
	assert_int_equal(decoder_flush(&d, out), 0);
	assert_int_equal(d.length, 0);
}

static void
test_replaces_maximal_parts(void **state)
{
#define R "\xEF\xBF\xBD"
	/* Unicode 15, section 3.9, tables 3-8 to 3-11, and ends of text. */
	static const char *const cases[][2] = {
	    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", R R R R R R R R "A"},
	    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", R R R R R R R R "A"},
	    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", R R R R R "A" R R "B"},
	    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", R R R R "A"},
	    {"\xF0\x9F\xA6\x99\xF0\x9F\xA6", "\xF0\x9F\xA6\x99" R},
	    {"\xE2\x82", R},
	    {"\xC3", R},
	    {"\xF4\x90", R R},
	    {"a\xE2\x82\xE2\x82\xAC", "a" R "\xE2\x82\xAC"},
	    {"plain", "plain"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t most = 1; most < 12; most++) {
			struct buffer out = {0};

			feed(cases[i][0], strlen(cases[i][0]), most, &out);
			assert_string_equal(out.data, cases[i][1]);
			buffer_free(&out);
		}
}

static void
test_pieces_equal_whole(void **state)
{
	static const unsigned char leads[] = {0x41, 0x80, 0xBF, 0xC2, 0xE0,
	    0xE2, 0xED, 0xF0, 0xF4, 0xFF, 0x9F, 0xA0, 0x90};
	char bytes[200];

	(void)state;
	srand(2);
	for (int round = 0; round < 5000; round++) {
		size_t length = (size_t)rand() % sizeof(bytes);
		struct buffer whole = {0}, pieces = {0};

		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)(round % 3 ?
			    leads[(size_t)rand() % sizeof(leads)] : rand());
		feed(bytes, length, SIZE_MAX, &whole);
		feed(bytes, length, 1 + (size_t)rand() % 9, &pieces);
		assert_int_equal(pieces.length, whole.length);
		if (whole.length > 0)
			assert_memory_equal(pieces.data, whole.data,
			    whole.length);
		buffer_free(&whole);
		buffer_free(&pieces);
	}
}

static void
check_ids(const struct tokenizer *t, size_t range, int skip_special)
{
	struct buffer whole = {0}, stream = {0};
	struct decoder d = {0};
	struct error err = {0};
	int32_t ids[100];

	for (size_t i = 0; i < 100; i++) {
		ids[i] = (int32_t)((size_t)rand() % range);
		assert_int_equal(decoder_feed(&d, t, ids[i], skip_special,
		    &stream), 0);
		assert_int_equal(utf8_valid(stream.data, stream.length),
		    stream.length);
	}
	assert_int_equal(decoder_flush(&d, &stream), 0);
	assert_int_equal(tokenizer_decode(t, ids, 100, skip_special, &whole,
	    &err), 0);
	assert_int_equal(stream.length, whole.length);
	assert_memory_equal(stream.data, whole.data, whole.length);
	buffer_free(&whole);
	buffer_free(&stream);
}

static void
test_stream_equals_decode(void **state)
{
	static const char *const dirs[] = {"testdata/tokenizer/qwen",
	    "testdata/tokenizer/smollm", "testdata/tokenizer/added"};
	struct error err = {0};
	struct tokenizer *t;

	(void)state;
	srand(3);
	for (size_t i = 0; i < 3; i++) {
		t = tokenizer_open(dirs[i], &err);
		assert_non_null(t);
		for (int round = 0; round < 300; round++) {
			/* All ids and some beyond; or mostly single bytes. */
			check_ids(t, tokenizer_size(t) + 20, round & 1);
			check_ids(t, 300, round & 1);
		}
		tokenizer_close(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_replaces_maximal_parts),
	    cmocka_unit_test(test_pieces_equal_whole),
	    cmocka_unit_test(test_stream_equals_decode),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
