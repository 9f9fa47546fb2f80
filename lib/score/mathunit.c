/* Units of measure and counted things. */
#include "lib/score/mathunit.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/mathword.h"

/* The first spelling is the unit's name; plurals are known too. */
static const char *const table[][8] = {
	{"degree", "deg"}, {"percent", "pct"},
	{"meter", "m", "metre"}, {"centimeter", "cm", "centimetre"},
	{"millimeter", "mm", "millimetre"}, {"kilometer", "km", "kilometre"},
	{"inch", "in", "inches"}, {"foot", "ft", "feet"}, {"yard", "yd"},
	{"mile", "mi"}, {"gram", "g", "gm", "gramme"},
	{"kilogram", "kg", "kilo", "kilogramme"}, {"milligram", "mg"},
	{"pound", "lb"}, {"ounce", "oz"}, {"ton", "tonne"},
	{"liter", "L", "litre", "l"},
	{"milliliter", "mL", "ml", "millilitre"}, {"gallon", "gal"},
	{"quart", "qt"}, {"pint", "pt"}, {"cup"}, {"second", "s", "sec"},
	{"minute", "min"}, {"hour", "h", "hr"}, {"day"}, {"week", "wk"},
	{"month"}, {"year", "yr"}, {"dollar", "usd", "buck"},
	{"cent", "cents", "textcent"}, {"euro", "eur"}, {"yen", "jpy"},
	{"pound sterling", "gbp", "pounds"}, {"unit"}, {"point"},
	{"newton", "N"}, {"joule", "J"}, {"watt", "W"}, {"volt", "V"},
	{"ampere", "A", "amp"}, {"hertz", "Hz"}, {"kelvin", "K"},
	{"celsius", "centigrade"}, {"fahrenheit"}, {"radian", "rad"},
	{"acre"}, {"hectare", "ha"}, {"pm", "PM", "p.m.", "p.m"},
	{"am", "AM", "a.m.", "a.m"}, {"ordinal", "th", "st", "nd", "rd"},
	{"decimeter", "dm"}, {"kilowatt", "kW"}, {"pascal", "Pa"},
};

/* ${a} is ${b} in the singular or the plural. */
static int
same_noun(struct span a, struct span b)
{
	struct span s;

	if (mathword_same(a, b))
		return 1;
	if (a.length > b.length) {
		s = a;
		a = b;
		b = s;
	}
	if (a.length < 2 ||
	    tolower((unsigned char)b.data[b.length - 1]) != 's')
		return 0;
	if (mathword_same(a, span_slice(b, 0, b.length - 1)))
		return 1;
	s = span_slice(b, b.length - 2, b.length);
	if (!span_begins_nocase(s, "es"))
		return 0;
	if (mathword_same(a, span_slice(b, 0, b.length - 2)))
		return 1;
	return b.length > 3 && a.length == b.length - 2 &&
	    b.data[b.length - 3] == 'i' && a.data[a.length - 1] == 'y' &&
	    mathword_same(span_slice(a, 0, a.length - 1),
	    span_slice(b, 0, b.length - 3));
}

/* Signs of one or two letters mean their case: m is not M. */
static int
spelled(struct span word, const char *name)
{
	struct span s = span_of(name);

	if (tolower((unsigned char)word.data[0]) !=
	    tolower((unsigned char)name[0]))
		return 0;
	if (word.length <= 2 || s.length <= 2)
		return span_equal(word, s) || (s.length == 2 &&
		    word.length == 3 && word.data[2] == 's' &&
		    memcmp(word.data, s.data, 2) == 0);
	return same_noun(word, s);
}

static const char *
find(struct span word)
{
	size_t i, j;

	if (word.length == 0)
		return NULL;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (j = 0; j < 8 && table[i][j] != NULL; j++)
			if (spelled(word, table[i][j]))
				return table[i][0];
	return NULL;
}

const char *
mathunit_known(struct span word)
{
	const char *name = find(word);

	return name != NULL ? name : find(span_strip(word, "."));
}

static int
add_factor(struct mathunit *u, struct span name, int power)
{
	size_t i;

	for (i = 0; i < u->count; i++)
		if (span_equal(u->factor[i].name, name)) {
			u->factor[i].power += power;
			return 1;
		}
	if (u->count == MATHUNIT_FACTORS)
		return 0;
	u->factor[u->count].name = name;
	u->factor[u->count++].power = power;
	return 1;
}

/* The next word as it is written, with its stops. */
static int
next_word(struct span *s, struct span *word)
{
	size_t n = 0;

	*s = span_trim(*s);
	while (n < s->length && !span_in(" \t\r\n", s->data[n]))
		n++;
	*word = span_slice(*s, 0, n);
	*s = span_slice(*s, n, s->length);
	return n > 0;
}

/* "mph" and its like are quotients. */
static int
add_speed(struct mathunit *u, struct span word, int power)
{
	const char *top = NULL;

	if (mathword_same(word, span_of("mph")))
		top = "mile";
	else if (mathword_same(word, span_of("kph")) ||
	    mathword_same(word, span_of("kmh")))
		top = "kilometer";
	return top != NULL && add_factor(u, span_of(top), power) &&
	    add_factor(u, span_of("hour"), -power);
}

static int
is(struct span word, const char *a, const char *b)
{
	word = span_strip(word, ".");
	return mathword_same(word, span_of(a)) ||
	    mathword_same(word, span_of(b));
}

/* One word: 1 when it is part of a unit's name, 0 when it counts things. */
static int
add_word(struct mathunit *u, struct span word, int *power, int *sign)
{
	const char *name;
	int dimension = *power;

	if (is(word, "square", "sq"))
		return *power = 2, 1;
	if (is(word, "cubic", "cu"))
		return *power = 3, 1;
	if (is(word, "per", "an")) {
		if (mathword_same(word, span_of("per")))
			*sign = -1;
		return 1;
	}
	if (is(word, "squared", "cubed") && u->count > 0) {
		u->factor[u->count - 1].power *=
		    mathword_same(word, span_of("squared")) ? 2 : 3;
		return 1;
	}
	*power = 1;
	if (add_speed(u, span_strip(word, "."), *sign))
		return 1;
	name = mathunit_known(word);
	return name != NULL && add_factor(u, span_of(name), *sign * dimension);
}

int
mathunit_add(struct mathunit *u, struct span words, int power)
{
	struct span word, rest, counted = {NULL, 0};
	int dimension = 1, sign = power;
	size_t before = u->count;

	if (!mathword_countable(words))
		return 0;
	while (next_word(&words, &word)) {
		if (u->count > before && is(word, "of", "from"))
			break;
		if (is(word, "us", "u.s"))
			continue;
		if (is(word, "squared", "cubed") && u->count == before)
			return 0; /* a power of the number */
		rest = words;
		if (add_word(u, word, &dimension, &sign))
			continue;
		/* Everything up to the next known word counts things. */
		counted = word;
		while (next_word(&rest, &word) &&
		    mathunit_known(word) == NULL && !is(word, "per", "per")) {
			counted.length = (size_t)(word.data + word.length -
			    counted.data);
			words = rest;
		}
		counted = span_strip(counted, ".");
		if (!add_factor(u, counted, sign * dimension))
			return 0;
		dimension = 1;
	}
	return u->count > before;
}

int
mathunit_is(const struct mathunit *u, const char *name)
{
	return u->count == 1 && u->factor[0].power == 1 &&
	    span_is(u->factor[0].name, name);
}

static int
last_word(struct span *s, struct span *word)
{
	size_t n;

	*s = span_trim(*s);
	n = s->length;
	while (n > 0 && !span_in(" \t\r\n", s->data[n - 1]))
		n--;
	*word = span_slice(*s, n, s->length);
	s->length = n;
	return word->length > 0;
}

static int
same_phrase(struct span a, struct span b)
{
	struct span x, y;
	int any = 0, more_a, more_b;

	for (;;) {
		more_a = last_word(&a, &x);
		more_b = last_word(&b, &y);
		if (!more_a || !more_b)
			return any;
		if (!same_noun(x, y))
			return 0;
		any = 1;
	}
}

int
mathunit_same(const struct mathunit *a, const struct mathunit *b)
{
	size_t i, j;

	if (a->count != b->count)
		return 0;
	for (i = 0; i < a->count; i++) {
		for (j = 0; j < b->count; j++)
			if (a->factor[i].power == b->factor[j].power &&
			    same_phrase(a->factor[i].name, b->factor[j].name))
				break;
		if (j == b->count)
			return 0;
	}
	return 1;
}
