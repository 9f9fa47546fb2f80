/* Answers in normal form: what is set apart, and how two are compared. */
#include "lib/score/mathform.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/score/decimal.h"
#include "lib/score/latex.h"
#include "lib/score/mathvalue.h"

static struct span
view(const struct buffer *b)
{
	return (struct span){b->data, b->length};
}

static int
ends(struct span s, char c)
{
	return s.length > 0 && s.data[s.length - 1] == c;
}

/* Set the unit: lower case, singular, no spaces or stops left in it. */
static int
set_unit(struct mathform *f, struct span word, struct span power)
{
	size_t i;

	word = span_strip(word, ".");
	if (word.length > 1 && ends(word, 's'))
		word.length--;
	if (span_is(word, "percent")) {
		f->percent = 1;
		return 1;
	}
	buffer_clear(&f->unit);
	for (i = 0; i < word.length; i++)
		if (buffer_add(&f->unit, &(char){(char)tolower(
		    (unsigned char)word.data[i])}, 1) != 0)
			return -1;
	if (power.length == 0)
		return 1;
	return buffer_add(&f->unit, power.data, power.length) == 0 ? 1 : -1;
}

/*
 * "16 TEXT m END ^2": a word behind an answer is its unit, with its exponent,
 * unless it makes another value of it.
 */
static int
text_unit(struct mathform *f, struct span *s)
{
	size_t begin = 0, end = 0, i;
	struct span word, power;

	for (i = 0; i < s->length; i++) {
		if (s->data[i] == LATEX_TEXT)
			begin = i;
		else if (s->data[i] == LATEX_END)
			end = i;
	}
	if (begin == 0 || end <= begin + 1 ||
	    !(end + 1 == s->length || s->data[end + 1] == '^') ||
	    span_in(",=+-(<>", s->data[begin - 1]))
		return 0;
	for (i = 0; i < begin; i++)
		if (s->data[i] == LATEX_TEXT || s->data[i] == LATEX_END)
			return 0;
	word = span_slice(*s, begin + 1, end);
	for (i = 0; i < word.length; i++)
		if (!isalpha((unsigned char)word.data[i]) &&
		    !span_in("./^23\\%", word.data[i]))
			return 0;
	if (decimal_changed_by(word) || span_begins_nocase(word, "or") ||
	    span_begins_nocase(word, "and") || span_begins_nocase(word, "not"))
		return 0;
	power = span_slice(*s, end + 1, s->length);
	*s = span_slice(*s, 0, begin);
	return set_unit(f, word, power);
}

/* A unit in plain letters right behind a digit: only words that cannot be a
 * product of variables. */
static int
plain_unit(struct mathform *f, struct span *s)
{
	static const char *const words[] = {"dollar", "cent", "degree", "inch",
	    "inches", "feet", "foot", "meter", "mile", "hour", "minute",
	    "second", "day", "week", "month", "year", "unit", "squareunit",
	    "cm", "km", "mph", "percent", "point", "pound",
	    "way", "gram", "kg"};
	struct span word;
	size_t n = s->length, i;

	while (n > 0 && isalpha((unsigned char)s->data[n - 1]))
		n--;
	if (n == 0 || n == s->length || !isdigit((unsigned char)s->data[n - 1]))
		return 0;
	word = span_slice(*s, n, s->length);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_begins_nocase(word, words[i]) &&
		    (word.length == strlen(words[i]) ||
		    (word.length == strlen(words[i]) + 1 && ends(word, 's'))))
			break;
	if (i == sizeof(words) / sizeof(words[0]))
		return 0;
	*s = span_slice(*s, 0, n);
	return set_unit(f, word, (struct span){NULL, 0});
}

/* Take units, percent, degree and money signs off both ends. */
static int
strip(struct mathform *f, struct span *s)
{
	int rc = 1, again;

	if (s->length > 0 && s->data[0] == LATEX_MONEY) {
		*s = span_slice(*s, 1, s->length);
		if (set_unit(f, span_of("dollar"), (struct span){NULL, 0}) < 0)
			return -1;
	}
	do {
		again = 0;
		while (s->length > 1 && (ends(*s, '.') || ends(*s, ';')))
			s->length--;
		if (s->length > 1 && ends(*s, '%')) {
			s->length--;
			again = f->percent = 1;
		} else if (s->length > 1 && ends(*s, LATEX_DEGREE)) {
			s->length--;
			again = 1;
			rc = set_unit(f, span_of("degree"),
			    (struct span){NULL, 0});
		} else if (s->length > 1 && ends(*s, LATEX_MONEY)) {
			s->length--;
			again = 1;
		} else if (f->unit.length == 0 && !f->percent &&
		    ((rc = text_unit(f, s)) != 0 ||
		    (rc = plain_unit(f, s)) != 0)) {
			again = 1;
		} else {
			rc = 1;
		}
	} while (rc > 0 && again);
	return rc;
}

/* Without the marks; degree signs that remain are written out. */
static int
unmark(struct mathform *f, struct span s, struct buffer *out)
{
	size_t i;
	char c;

	for (i = 0; i < s.length; i++) {
		c = s.data[i];
		if (c == LATEX_TEXT || c == LATEX_END)
			f->textual = 1;
		else if (c == LATEX_DEGREE ? buffer_add_string(out, "^\\circ")
		    : c == LATEX_MONEY ? buffer_add_string(out, "\\$")
		                       : buffer_add(out, &c, 1))
			return -1;
	}
	return 0;
}

int
mathform_make(struct span latex, struct mathform *f)
{
	struct buffer flat = {0}, clean = {0};
	struct span s;
	size_t equals;
	int rc;

	buffer_clear(&f->text);
	buffer_clear(&f->unit);
	f->percent = f->textual = 0;
	if ((rc = latex_flatten(span_trim(latex), &flat)) != 1)
		goto out;
	s = view(&flat);
	if ((rc = strip(f, &s)) < 0 || (rc = unmark(f, s, &clean)) < 0)
		goto out;
	s = view(&clean);
	/* Both sides of an equation by themselves. */
	equals = span_find(s, "=");
	if (equals != SPAN_NONE) {
		if (buffer_add(&f->text, s.data, equals + 1) != 0)
			rc = -1;
		s = span_slice(s, equals + 1, s.length);
	}
	if (rc >= 0)
		rc = mathvalue_write(s, 1, &f->text);
	if (rc >= 0)
		rc = f->text.length > 0;
out:
	buffer_free(&flat);
	buffer_free(&clean);
	return rc;
}

/* "x=5" without "x=": a single letter, perhaps with an index, is assigned. */
static struct span
assigned(struct span s)
{
	size_t at = span_find(s, "="), i;

	if (at == SPAN_NONE || at == 0 || !isalpha((unsigned char)s.data[0]))
		return s;
	for (i = 1; i < at; i++)
		if (s.data[1] != '_' || (!isalnum((unsigned char)s.data[i]) &&
		    !span_in("_{}", s.data[i])))
			return s;
	return span_slice(s, at + 1, s.length);
}

static int
same_text(const struct mathform *a, const struct mathform *b)
{
	struct span x = view(&a->text), y = view(&b->text);

	if ((span_find(x, "=") == SPAN_NONE) !=
	    (span_find(y, "=") == SPAN_NONE)) {
		x = assigned(x);
		y = assigned(y);
	}
	if (span_equal(x, y))
		return 1;
	return (a->textual || b->textual) && x.length == y.length &&
	    x.length > 1 && strncasecmp(x.data, y.data, x.length) == 0;
}

/* "(B)27" for "B": the letter of a choice, in text, with its value. */
static int
same_choice(const struct mathform *gold, const struct mathform *given)
{
	struct span g = view(&gold->text), x = view(&given->text);
	size_t i;

	if (g.length != 1 || g.data[0] < 'A' || g.data[0] > 'J' ||
	    !given->textual || x.length <= 3 || x.data[0] != '(' ||
	    x.data[1] != g.data[0] || x.data[2] != ')' ||
	    span_in("(,", x.data[3]))
		return 0;
	for (i = 3; i + 2 < x.length; i++) /* another choice beside it */
		if (x.data[i] == '(' && isupper((unsigned char)x.data[i + 1]) &&
		    x.data[i + 2] == ')')
			return 0;
	return 1;
}

/* Whether the percentage ${p} has the value that ${v} states. */
static int
same_value(const struct mathform *p, const struct mathform *v)
{
	struct buffer value = {0};
	int rc = mathvalue_write(assigned(view(&p->text)), 100, &value);

	if (rc == 1)
		rc = span_equal(view(&value), assigned(view(&v->text)));
	buffer_free(&value);
	return rc;
}

int
mathform_equal(const struct mathform *gold, const struct mathform *given)
{
	if (gold->unit.length > 0 && given->unit.length > 0 &&
	    !span_equal(view(&gold->unit), view(&given->unit)))
		return 0;
	if (same_text(gold, given) || same_choice(gold, given))
		return 1;
	if (gold->percent == given->percent)
		return 0;
	return gold->percent ? same_value(gold, given)
	                     : same_value(given, gold);
}

void
mathform_free(struct mathform *f)
{
	if (f == NULL)
		return;
	buffer_free(&f->text);
	buffer_free(&f->unit);
}
