/*
 * Numbers between text and jansson.  The quick paths rest on two facts: a
 * decimal of up to 15 digits is the shortest that reads back as its double,
 * and the quotient of two integers that are exact as doubles is correctly
 * rounded.
 */
#include "lib/io/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22};

/* x as m / 10^decimals, if that is the same double; else 0. */
static size_t
print_fixed(char *text, double x)
{
	int decimals, i;
	double a = fabs(x);
	uint64_t m, scale;
	size_t n = 0;

	if (!(a >= 1e-4 && a < 1e9))
		return 0;
	decimals = a < 1e3 ? 12 : 6;
	scale = (uint64_t)tens[decimals];
	m = (uint64_t)llrint(a * tens[decimals]);
	if (m >= 1000000000000000 || (double)m / tens[decimals] != a)
		return 0;
	if (signbit(x))
		text[n++] = '-';
	n += (size_t)sprintf(text + n, "%u.", (unsigned)(m / scale));
	m %= scale;
	for (i = decimals - 1; i >= 0; i--, m /= 10)
		text[n + (size_t)i] = (char)('0' + m % 10);
	n += (size_t)decimals;
	while (text[n - 1] == '0' && text[n - 2] != '.')
		n--;
	text[n] = '\0';
	return n;
}

/* digits "ddd" times 10^(exponent - count + 1), in Python's form. */
static size_t
place_point(char *text, const char *digits, int count, int exponent)
{
	if (exponent < -4 || exponent >= 16)
		return (size_t)sprintf(text, "%c%s%.*se%c%02d", digits[0],
		    count > 1 ? "." : "", count - 1, digits + 1,
		    exponent < 0 ? '-' : '+', abs(exponent));
	if (exponent < 0)
		return (size_t)sprintf(text, "0.%.*s%.*s", -exponent - 1,
		    "0000", count, digits);
	if (exponent + 1 >= count)
		return (size_t)sprintf(text, "%.*s%.*s.0", count, digits,
		    exponent + 1 - count, "0000000000000000");
	return (size_t)sprintf(text, "%.*s.%.*s", exponent + 1, digits,
	    count - exponent - 1, digits + exponent + 1);
}

size_t
number_print(char text[NUMBER_TEXT], double x)
{
	char form[NUMBER_TEXT], digits[20];
	int precision, count = 1, i;
	size_t n = print_fixed(text, x);

	if (n > 0)
		return n;
	if (x == 0)
		return (size_t)sprintf(text, signbit(x) ? "-0.0" : "0.0");
	/* Near the end of the range fewer digits make the difference. */
	precision = fabs(x) < 1e-300 ? 1 : 15;
	for (; precision <= 17; precision++) {
		snprintf(form, sizeof(form), "%.*e", precision - 1, fabs(x));
		if (strtod(form, NULL) == fabs(x))
			break;
	}
	digits[0] = form[0];
	for (i = 2; isdigit((unsigned char)form[i]) && count < 17; i++)
		digits[count++] = form[i];
	while (count > 1 && digits[count - 1] == '0')
		count--;
	if (x < 0)
		text[n++] = '-';
	return n + place_point(text + n, digits, count,
	    atoi(strchr(form, 'e') + 1));
}

double
number_from_float(float x)
{
	char form[NUMBER_TEXT];
	double value = x;
	int precision = fabsf(x) < 1e-35f ? 1 : 6;

	if (!isfinite(x))
		return value;
	for (; precision <= 9; precision++) {
		snprintf(form, sizeof(form), "%.*e", precision - 1,
		    (double)x);
		value = strtod(form, NULL);
		if ((float)value == x)
			return value;
	}
	return (double)x;
}

/* The lexical parts of a number. */
struct token {
	const char *text;
	size_t length;
	int negative;
	uint64_t mantissa;  /* its digits, where there are at most 18 */
	size_t digits;      /* significant ones, leading zeros not counted */
	size_t decimals;    /* digits behind the point */
	int has_exponent;
};

static void
take_digits(struct token *t, size_t length, size_t *i)
{
	for (; *i < length && isdigit((unsigned char)t->text[*i]); ++*i) {
		if (t->digits == 0 && t->text[*i] == '0')
			continue;
		if (t->digits++ < 18)
			t->mantissa = t->mantissa * 10 +
			    (uint64_t)(t->text[*i] - '0');
	}
}

static int
is_digit_at(const char *text, size_t length, size_t i)
{
	return i < length && isdigit((unsigned char)text[i]);
}

/* JSON's grammar; 0 if it does not hold. */
static size_t
scan(struct token *t, size_t length)
{
	const char *s = t->text;
	size_t i = 0, begin;

	t->negative = length > 0 && s[0] == '-';
	i += (size_t)t->negative;
	if (!is_digit_at(s, length, i))
		return 0;
	if (s[i] == '0')
		i++;
	else
		take_digits(t, length, &i);
	if (i < length && s[i] == '.') {
		begin = ++i;
		if (!is_digit_at(s, length, i))
			return 0;
		take_digits(t, length, &i);
		t->decimals = i - begin;
	}
	if (i < length && (s[i] == 'e' || s[i] == 'E')) {
		t->has_exponent = 1;
		i++;
		if (i < length && (s[i] == '+' || s[i] == '-'))
			i++;
		if (!is_digit_at(s, length, i))
			return 0;
		while (is_digit_at(s, length, i))
			i++;
	}
	t->length = i;
	return i;
}

static json_t *
keep_text(const struct token *t)
{
	json_t *value;
	char *text = malloc(t->length + 1);

	if (text == NULL)
		return NULL;
	text[0] = '\xff';
	memcpy(text + 1, t->text, t->length);
	value = json_stringn_nocheck(text, t->length + 1);
	free(text);
	return value;
}

static json_t *
make_integer(const struct token *t)
{
	if (t->digits > 18 || (t->negative && t->digits == 0)) {
		char text[NUMBER_TEXT];
		long long value;

		if (t->digits > 19 || t->digits == 0)
			return keep_text(t);
		memcpy(text, t->text, t->length);
		text[t->length] = '\0';
		errno = 0;
		value = strtoll(text, NULL, 10);
		return errno != 0 ? keep_text(t) : json_integer(value);
	}
	return json_integer(t->negative ? -(json_int_t)t->mantissa :
	    (json_int_t)t->mantissa);
}

static json_t *
make_real(const struct token *t)
{
	char text[64], again[NUMBER_TEXT];
	double x;

	if (!t->has_exponent && t->digits <= 15 && t->decimals <= 22 &&
	    (t->decimals == 1 || t->text[t->length - 1] != '0')) {
		x = (double)t->mantissa / tens[t->decimals];
		if (x >= 1e-4 || x == 0)
			return json_real(t->negative ? -x : x);
	}
	if (t->length >= NUMBER_TEXT)
		return keep_text(t);
	memcpy(text, t->text, t->length);
	text[t->length] = '\0';
	x = strtod(text, NULL);
	if (!isfinite(x) || number_print(again, x) != t->length ||
	    memcmp(again, text, t->length) != 0)
		return keep_text(t);
	return json_real(x);
}

size_t
number_read(const char *text, size_t length, json_t **value)
{
	struct token t = {.text = text};

	if (scan(&t, length) == 0)
		return 0;
	*value = t.decimals == 0 && !t.has_exponent ? make_integer(&t) :
	    make_real(&t);
	return t.length;
}

const char *
number_text(const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL && text[0] == '\xff' ? text + 1 : NULL;
}

int
number_value(const json_t *value, double *x)
{
	const char *text = number_text(value);

	if (text == NULL && !json_is_number(value))
		return -1;
	*x = text != NULL ? strtod(text, NULL) : json_number_value(value);
	return 0;
}
