/* Statements that what stands before them takes back. */
#include "lib/score/denial.h"

#include <ctype.h>
#include <string.h>

#define WORDS 6 /* between a verb and what negates it, at most */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
in_word(char c)
{
	return isalpha((unsigned char)c) || c == '\'' || (c & 0x80) != 0;
}

/* Take the last word off ${s}; empty where punctuation ends it. */
static struct span
take(struct span *s)
{
	size_t end = s->length, begin;

	while (end > 0 && span_in(" \t*_`", s->data[end - 1]))
		end--;
	for (begin = end; begin > 0 && in_word(s->data[begin - 1]);)
		begin--;
	s->length = begin;
	return (struct span){s->data + begin, end - begin};
}

static int
any(struct span word, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (word.length == strlen(list[i]) &&
		    span_begins_nocase(word, list[i]))
			return 1;
	return 0;
}

static int
negates(struct span word)
{
	static const char *const words[] = {"not", "no", "never", "cannot",
	    "hardly", "neither", "nor", "dont", "doesnt", "isnt", "cant"};
	static const char *const ends[] = {"n't", "n\xe2\x80\x99t"};
	size_t i, n;

	for (i = 0; i < COUNT(ends); i++) {
		n = strlen(ends[i]);
		if (word.length > n && span_begins_nocase(span_slice(word,
		    word.length - n, word.length), ends[i]))
			return 1;
	}
	return any(word, words, COUNT(words));
}

/* Whether the clause that ends in ${s} is negated. */
static int
negated(struct span s)
{
	static const char *const joins[] = {"but", "and", "so", "because",
	    "since", "if", "while", "though", "although"};
	struct span word;
	int i;

	for (i = 0; i < WORDS && (word = take(&s)).length > 0 &&
	    !any(word, joins, COUNT(joins)); i++)
		if (negates(word))
			return 1;
	return 0;
}

int
denial_before(struct span before)
{
	static const char *const adjectives[] = {"final", "correct", "right",
	    "actual", "exact", "true"};
	static const char *const articles[] = {"the", "my", "our", "your",
	    "this", "an"};
	static const char *const links[] = {"that", "if", "whether"};
	static const char *const opinions[] = {"think", "believe", "true",
	    "correct", "right", "case", "say", "claim", "suppose", "sure",
	    "certain", "know", "mean", "follow", "follows", "likely", "clear",
	    "agree", "conclude", "thinking", "saying"};
	static const char *const doubts[] = {"doubt", "deny", "false",
	    "wrong", "incorrect", "untrue", "impossible", "unlikely"};
	struct span word = take(&before);

	while (any(word, adjectives, COUNT(adjectives)))
		word = take(&before);
	if (any(word, articles, COUNT(articles)))
		word = take(&before);
	if (any(word, links, COUNT(links)))
		word = take(&before);
	if (any(word, doubts, COUNT(doubts)))
		return !negated(before);
	return any(word, opinions, COUNT(opinions)) && negated(before);
}
