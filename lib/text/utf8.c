/* UTF-8 one code point at a time, and two properties of code points. */
#include "lib/text/utf8.h"

#include <string.h>
#include <utf8proc.h>

/*
 * How long the sequence that begins with ${lead} is, and the range of its
 * second byte: that range alone keeps out surrogates, overlong forms and
 * what is beyond U+10FFFF.
 */
static size_t
shape(unsigned char lead, unsigned char *low, unsigned char *high)
{
	*low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	*high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	if (lead >= 0xF0 && lead <= 0xF4)
		return 4;
	return 0;
}

/* How many of the sequence's bytes are there and right; needs length > 0. */
static size_t
scan(const char *s, size_t length, size_t *whole)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low, high;
	size_t n;

	*whole = shape(u[0], &low, &high);
	if (*whole < 2)
		return *whole;
	if (length < 2 || u[1] < low || u[1] > high)
		return 1;
	for (n = 2; n < *whole; n++)
		if (n >= length || (u[n] & 0xC0) != 0x80)
			break;
	return n;
}

size_t
utf8_decode(const char *s, size_t length, uint32_t *code)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t whole;

	if (length == 0 || scan(s, length, &whole) != whole || whole == 0)
		return 0;
	*code = whole == 1 ? u[0] : u[0] & (0x7Fu >> whole);
	for (size_t i = 1; i < whole; i++)
		*code = *code << 6 | (u[i] & 0x3Fu);
	return whole;
}

size_t
utf8_ill_formed(const char *s, size_t length, int *truncated)
{
	size_t whole, n = scan(s, length, &whole);

	*truncated = whole > 0 && n == length;
	return n > 0 ? n : 1;
}

size_t
utf8_valid(const char *s, size_t length)
{
	size_t at = 0, whole;
	uint64_t word;

	while (at < length) {
		if (length - at >= 8) {
			memcpy(&word, s + at, 8);
			if ((word & 0x8080808080808080u) == 0) {
				at += 8;
				continue;
			}
		}
		if (scan(s + at, length - at, &whole) != whole || whole == 0)
			break;
		at += whole;
	}
	return at;
}

size_t
utf8_encode(uint32_t code, char bytes[4])
{
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)code,
	    (utf8proc_uint8_t *)bytes);
}

int
utf8_is_space(uint32_t code)
{
	return (code >= 0x09 && code <= 0x0D) || code == 0x20 ||
	    code == 0x85 || code == 0xA0 || code == 0x1680 ||
	    (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
	    code == 0x2029 || code == 0x202F || code == 0x205F ||
	    code == 0x3000;
}

int
utf8_is_word(uint32_t code)
{
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_PC:
		return 1;
	default:
		/* The joiners, and the circled and squared letters. */
		return code == 0x200C || code == 0x200D ||
		    (code >= 0x24B6 && code <= 0x24E9) ||
		    (code >= 0x1F130 && code <= 0x1F149) ||
		    (code >= 0x1F150 && code <= 0x1F169) ||
		    (code >= 0x1F170 && code <= 0x1F189);
	}
}
