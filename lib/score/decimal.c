/* Decimal numbers as text. */
#include "lib/score/decimal.h"

#include <ctype.h>
#include <string.h>

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Commas only between a first group of one to three digits and groups of
 * three. */
static int
commas_fit(struct span whole)
{
	size_t i, group = 0;
	int seen = 0;

	for (i = 0; i < whole.length; i++) {
		if (whole.data[i] != ',') {
			group++;
			continue;
		}
		if (group == 0 || group > 3 || (seen && group != 3))
			return 0;
		seen = 1;
		group = 0;
	}
	return !seen || group == 3;
}

static int
add_digits(struct buffer *out, struct span digits)
{
	size_t i;

	for (i = 0; i < digits.length; i++)
		if (digits.data[i] != ',' &&
		    buffer_add(out, digits.data + i, 1) != 0)
			return -1;
	return 0;
}

int
decimal_canonical(struct span s, struct buffer *out)
{
	struct span whole, part = {NULL, 0};
	size_t sign = span_minus(s), i, digits = 0;
	int negative = sign != 0;

	buffer_clear(out);
	if (!negative && span_begins(s, "+"))
		sign = 1;
	s = span_slice(s, sign, s.length);
	for (i = 0; i < s.length && s.data[i] != '.'; i++)
		if (!is_digit(s.data[i]) && s.data[i] != ',')
			return 0;
	whole = span_slice(s, 0, i);
	if (i < s.length)
		part = span_slice(s, i + 1, s.length);
	for (i = 0; i < part.length; i++, digits++)
		if (!is_digit(part.data[i]))
			return 0;
	for (i = 0; i < whole.length; i++)
		digits += is_digit(whole.data[i]);
	if (digits == 0 || !commas_fit(whole))
		return 0;
	while (whole.length > 0 && span_in("0,", whole.data[0]))
		whole = span_slice(whole, 1, whole.length);
	while (part.length > 0 && part.data[part.length - 1] == '0')
		part.length--;
	if (negative && whole.length + part.length > 0 &&
	    buffer_add(out, "-", 1) != 0)
		return -1;
	if ((whole.length == 0 ? buffer_add(out, "0", 1)
	                       : add_digits(out, whole)) != 0)
		return -1;
	if (part.length > 0 && (buffer_add(out, ".", 1) != 0 ||
	    buffer_add(out, part.data, part.length) != 0))
		return -1;
	return 1;
}

size_t
decimal_scan(struct span s)
{
	size_t n = 0;

	while (n < s.length && (is_digit(s.data[n]) || s.data[n] == ',' ||
	    s.data[n] == '.'))
		n++;
	while (n > 0 && !is_digit(s.data[n - 1]))
		n--;
	return n;
}

int
decimal_changed_by(struct span word)
{
	static const char *const words[] = {"or", "and", "half", "halves",
	    "quarter", "quarters", "third", "thirds", "hundred", "hundreds",
	    "thousand", "thousands", "million", "millions", "billion",
	    "billions", "trillion", "trillions", "dozen", "dozens", "not"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (word.length == strlen(words[i]) &&
		    span_begins_nocase(word, words[i]))
			return 1;
	return 0;
}
