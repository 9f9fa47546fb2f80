/* Plain words compared as such. */
#include "lib/score/mathtext.h"

#include <string.h>
#include <strings.h>

#include "lib/score/mathword.h"

#define WORDS 64

struct text {
	struct span word[WORDS];
	size_t count;
	int date;
	int full; /* more words than fit */
};

static int
any(struct span word, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (mathword_same(word, span_of(list[i])))
			return 1;
	return 0;
}

static void
add(struct text *t, struct span word)
{
	static const char *const months[] = {"january", "february", "march",
	    "april", "may", "june", "july", "august", "september", "october",
	    "november", "december"};
	static const char *const articles[] = {"a", "an", "the"};
	static const char *const suffixes[] = {"st", "nd", "rd", "th"};
	struct span last = t->count ? t->word[t->count - 1]
	                            : (struct span){NULL, 0};

	if (word.length == 0)
		return;
	/* Letters beside one another are one word, wherever they came from. */
	if (word.length > 1 && any(word, articles, 3))
		return;
	if (last.length > 0 && any(word, suffixes, 4) &&
	    strspn(last.data, "0123456789") >= last.length)
		return;
	if (any(word, months, 12))
		t->date = 1;
	if (t->count == WORDS)
		t->full = 1;
	else
		t->word[t->count++] = word;
}

static void
read_row(struct text *t, const struct mathtoken *row, size_t count)
{
	struct span s, word, *last;
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < count; i++) {
		s = row[i].text;
		if (row[i].kind == TOKEN_TEXT) {
			while (mathword_next(&s, &word))
				add(t, word);
			continue;
		}
		if (row[i].kind == TOKEN_OPEN || row[i].kind == TOKEN_CLOSE ||
		    (row[i].kind == TOKEN_SIGN &&
		    span_in(".,;:\"'!?()", row[i].c)))
			continue;
		last = t->count ? &t->word[t->count - 1] : NULL;
		if (row[i].kind == TOKEN_LETTER && last != NULL && i > 0 &&
		    row[i - 1].kind == TOKEN_LETTER && !row[i].space &&
		    last->data + last->length == s.data)
			last->length += s.length;
		else
			add(t, s);
	}
}

static int
before(struct span a, struct span b)
{
	size_t n = a.length < b.length ? a.length : b.length;
	int order = strncasecmp(a.data, b.data, n);

	return order < 0 || (order == 0 && a.length < b.length);
}

static void
sort(struct text *t)
{
	struct span word;
	size_t i, j;

	for (i = 1; i < t->count; i++) {
		word = t->word[i];
		for (j = i; j > 0 && before(word, t->word[j - 1]); j--)
			t->word[j] = t->word[j - 1];
		t->word[j] = word;
	}
}

int
mathtext_same(const struct mathtoken *a, size_t m, const struct mathtoken *b,
    size_t n)
{
	struct text x, y;
	size_t i;

	read_row(&x, a, m);
	read_row(&y, b, n);
	if (x.count != y.count || x.count == 0 || x.full || y.full)
		return 0;
	if (x.date && y.date) {
		sort(&x);
		sort(&y);
	}
	for (i = 0; i < x.count; i++)
		if (x.word[i].length == 1 ? !span_equal(x.word[i], y.word[i])
		    : !mathword_same(x.word[i], y.word[i]))
			return 0;
	return 1;
}

int
mathtext_plain(const struct mathtoken *row, size_t count)
{
	size_t i, open = 0;
	int words = 0;

	for (i = 0; i < count; i++) {
		words |= row[i].kind == TOKEN_TEXT ||
		    row[i].kind == TOKEN_LETTER;
		if (row[i].kind == TOKEN_SIGN && row[i].c == '(')
			open++;
		if (row[i].kind == TOKEN_SIGN && row[i].c == ')' &&
		    open-- == 0)
			return 0;
		if (row[i].kind != TOKEN_TEXT && row[i].kind != TOKEN_DIGITS &&
		    row[i].kind != TOKEN_LETTER &&
		    (row[i].kind != TOKEN_SIGN ||
		    !span_in(".,;:'\"-!?()", row[i].c)))
			return 0;
	}
	return words && open == 0;
}
