/* Words in answers. */
#include "lib/score/mathword.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/score/mathunit.h"

#define PHRASE 200 /* the most bytes that are looked at together */

static int
letter(struct span s, size_t i)
{
	return i < s.length && (isalpha((unsigned char)s.data[i]) ||
	    (unsigned char)s.data[i] >= 0x80);
}

/* The bytes of the word at ${i}: "p.m." and "x-axis" are one. */
static size_t
word_end(struct span s, size_t i, int textual)
{
	while (letter(s, i)) {
		i++;
		if (i >= s.length || letter(s, i))
			continue;
		if (span_in("'-", s.data[i]) && letter(s, i + 1))
			i += textual;
		else if (s.data[i] == '.' && textual)
			i++;
	}
	return i;
}

static int
separates(struct span word)
{
	return mathword_separator(word) != '\0';
}

int
mathword_same(struct span a, struct span b)
{
	return a.length == b.length && a.length > 0 &&
	    strncasecmp(a.data, b.data, a.length) == 0;
}

static int
is_any(struct span word, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (mathword_same(word, span_of(list[i])))
			return 1;
	return 0;
}

#define IS_ANY(word, list) is_any(word, list, sizeof(list) / sizeof((list)[0]))

/* A clock's half: "p.m." also where periods end words. */
static size_t
half_day(struct span s)
{
	static const char *const forms[] = {"a.m.", "p.m.", "a.m", "p.m"};
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (span_begins_nocase(s, forms[i]))
			return strlen(forms[i]);
	return 0;
}

size_t
mathword_phrase(struct span s, int textual, int counts)
{
	static const char *const known[] = {"yes", "odd", "all", "red", "one",
	    "two", "six", "ten", "dne", "am", "pm", "no"};
	size_t at = 0, end, last = 0;
	int enough = textual, first = 1, words = 0;
	struct span word;

	if ((counts || textual) && (end = half_day(s)) > 0 && !letter(s, end))
		return end;
	if (s.length > PHRASE)
		s.length = PHRASE;
	while (letter(s, at)) {
		end = word_end(s, at, textual);
		word = span_slice(s, at, end);
		if (separates(word))
			return last > 0 ? (enough ? last : 0) : end;
		if (first && !textual && word.length == 1 &&
		    !span_in("aAI", word.data[0]))
			return 0;
		if (word.length >= 4 || (IS_ANY(word, known) &&
		    (first || counts)) || (counts && word.length > 1 &&
		    mathunit_known(word) != NULL))
			enough = 1;
		if (!enough && ++words == 3)
			return 0;
		first = 0;
		last = at = end;
		while (at < s.length && span_in(" \t\r\n", s.data[at]))
			at++;
		if (at == end)
			break;
	}
	return enough ? last : 0;
}

char
mathword_separator(struct span s)
{
	static const char *const both[] = {"and", "und", "et"};

	s = span_strip(s, ". ");
	if (IS_ANY(s, both))
		return ',';
	return mathword_same(s, span_of("or")) ? 'o' : '\0';
}

int
mathword_ordinal(struct span s)
{
	static const char *const names[] = {"first", "second", "third",
	    "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
	    "eleventh", "twelfth"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mathword_same(s, span_of(names[i])))
			return (int)i + 1;
	return 0;
}

int
mathword_number(struct span s)
{
	static const char *const names[] = {"zero", "one", "two", "three",
	    "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
	    "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
	    "seventeen", "eighteen", "nineteen"};
	static const char *const tens[] = {"twenty", "thirty", "forty",
	    "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"};
	int ordinal = mathword_ordinal(s);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mathword_same(s, span_of(names[i])))
			return (int)i;
	for (i = 0; i < sizeof(tens) / sizeof(tens[0]); i++)
		if (mathword_same(s, span_of(tens[i])))
			return 10 * (int)i + 20;
	return ordinal > 0 ? ordinal : -1;
}

char
mathword_set(struct span s)
{
	static const char *const none[] = {"no solution", "no solutions",
	    "none", "empty set", "the empty set", "no real solution",
	    "no real solutions", "no such x"};
	static const char *const reals[] = {"all real numbers", "all reals",
	    "all real", "any real number", "real numbers",
	    "the set of all real numbers", "all real x"};

	s = span_strip(s, ". ");
	if (IS_ANY(s, none))
		return 'O';
	return IS_ANY(s, reals) ? 'R' : '\0';
}

int
mathword_power(struct span s)
{
	static const struct {
		const char *word;
		int power;
	} powers[] = {{"hundred", 2}, {"thousand", 3}, {"million", 6},
	    {"billion", 9}, {"trillion", 12}};
	size_t i;

	for (i = 0; i < sizeof(powers) / sizeof(powers[0]); i++)
		if (mathword_same(s, span_of(powers[i].word)))
			return powers[i].power;
	return 0;
}

int
mathword_countable(struct span s)
{
	static const char *const never[] = {"or", "and", "not", "more", "less",
	    "least", "most", "than", "maybe", "perhaps", "about", "almost",
	    "approximately", "around", "nearly", "half", "halves", "third",
	    "thirds", "quarter", "quarters", "dozen", "hundred", "thousand",
	    "million", "billion", "trillion", "if", "is", "are", "but", "to",
	    "times", "except", "minus", "plus", "wrong", "otherwise", "when",
	    "where", "only", "also", "thousands", "millions", "base",
	    "factorial", "percentage", "other"};
	struct span word;
	size_t count = 0;

	while (mathword_next(&s, &word)) {
		if (IS_ANY(word, never) || mathword_number(word) >= 0)
			if (!mathword_same(word, span_of("second")))
				return 0;
		count++;
	}
	return count > 0 && count <= 4;
}

int
mathword_next(struct span *s, struct span *word)
{
	size_t i = 0, n;

	while (i < s->length && !letter(*s, i) &&
	    !isdigit((unsigned char)s->data[i]))
		i++;
	for (n = i; n < s->length && (letter(*s, n) ||
	    isdigit((unsigned char)s->data[n])); n++)
		;
	*word = span_slice(*s, i, n);
	*s = span_slice(*s, n, s->length);
	return n > i;
}
