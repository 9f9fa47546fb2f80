/* GPT-2's byte alphabet (openai/gpt-2, encoder.py, bytes_to_unicode). */
#include "lib/text/bytelevel.h"

#include <stdint.h>

#include "lib/text/utf8.h"

static int
printable(uint32_t byte)
{
	return (byte >= 0x21 && byte <= 0x7E) ||
	    (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
}

/* The unprintable bytes in order: 00-20, 7F-A0, AD. */
static uint32_t
character(uint32_t byte)
{
	if (printable(byte))
		return byte;
	if (byte <= 0x20)
		return 0x100 + byte;
	if (byte <= 0xA0)
		return 0x121 + byte - 0x7F;
	return 0x143;
}

static int
byte_of(uint32_t code, char *byte)
{
	if (code <= 0xFF) {
		*byte = (char)code;
		return printable(code);
	}
	if (code <= 0x120)
		*byte = (char)(code - 0x100);
	else if (code <= 0x142)
		*byte = (char)(code - 0x121 + 0x7F);
	else
		*byte = (char)0xAD;
	return code <= 0x143;
}

int
bytelevel_encode(const char *bytes, size_t length, struct buffer *out)
{
	char utf8[4];
	size_t n;

	for (size_t i = 0; i < length; i++) {
		n = utf8_encode(character((unsigned char)bytes[i]), utf8);
		if (buffer_add(out, utf8, n) == -1)
			return -1;
	}
	return 0;
}

int
bytelevel_decode(const char *token, size_t length, struct buffer *out)
{
	size_t start = out->length, n;
	uint32_t code;
	char byte;

	for (size_t i = 0; i < length; i += n) {
		n = utf8_decode(token + i, length - i, &code);
		if (n == 0 || !byte_of(code, &byte)) {
			out->length = start;
			return buffer_add(out, token, length);
		}
		if (buffer_add(out, &byte, 1) == -1)
			return -1;
	}
	return 0;
}
