/* Answers that are stated in plain words. */
#include "lib/score/statement.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/denial.h"

#define WORD "answer"
#define LINK 100 /* bytes at most between the word and its verb */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
is_letter(char c)
{
	return isalpha((unsigned char)c);
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of the ${words} that ${s} begins with, whole; 0 for none. */
static size_t
begins_word(struct span s, const char *const *words, size_t count)
{
	size_t i, n;

	for (i = 0; i < count; i++) {
		n = strlen(words[i]);
		if (span_begins_nocase(s, words[i]) &&
		    (n == s.length || !is_letter(words[i][n - 1]) ||
		    !is_letter(s.data[n])))
			return n;
	}
	return 0;
}

static struct span
skip(struct span s, size_t n)
{
	return span_slice(s, n, s.length);
}

static struct span
skip_set(struct span s, const char *set)
{
	size_t n = 0;

	while (n < s.length && span_in(set, s.data[n]))
		n++;
	return skip(s, n);
}

/* What stands behind "answer" and its verb; data NULL when there is none. */
static struct span
behind_verb(struct span s)
{
	static const char *const verbs[] = {"is", "are", "would be",
	    "should be", "must be", "will be", "equals", ":", "=",
	    "\xef\xbc\x9a"};
	static const char *const links[] = {"to", "for", "in", "of", "("};
	struct span none = {NULL, 0};
	size_t n, verb;

	if (s.length > 0 && (s.data[0] == 's' || s.data[0] == 'S'))
		s = skip(s, 1);
	if (s.length > 0 && (is_letter(s.data[0]) || s.data[0] == '_'))
		return none;
	s = skip_set(s, " \t*_`\"'");
	if ((n = begins_word(s, verbs, COUNT(verbs))) > 0)
		return skip(s, n);
	if (span_begins_nocase(s, "isn"))
		return skip(s, 2);
	if (begins_word(s, links, COUNT(links)) == 0)
		return none;
	for (n = 1; n < s.length && n < LINK &&
	    !span_in(".?!;\n", s.data[n]); n++) {
		if (span_in(":=", s.data[n]))
			return skip(s, n + 1);
		verb = s.data[n] != ' ' ? 0
		    : begins_word(skip(s, n + 1), verbs, 3);
		if (verb > 0)
			return skip(s, n + 1 + verb);
	}
	return none;
}

/* What stands below "answer" where that is a heading; data NULL if not. */
static struct span
below_heading(struct span final, size_t at)
{
	static const char *const before[] = {"", "final", "the final", "the",
	    "my final", "our final"};
	struct span line = skip(final, at + strlen(WORD)), rest = line, head;
	struct span none = {NULL, 0};
	size_t begin = at, i;

	if (rest.length > LINK)
		rest.length = LINK;
	rest = span_line(rest);
	if (span_strip(rest, " \t\r*_:#").length > 0 ||
	    rest.length == line.length || rest.length == LINK)
		return none;
	while (begin > 0 && at - begin < LINK &&
	    final.data[begin - 1] != '\n')
		begin--;
	head = span_strip(span_slice(final, begin, at), " \t*_#");
	for (i = 0; i < COUNT(before); i++)
		if (head.length == strlen(before[i]) &&
		    span_begins_nocase(head, before[i]))
			return skip(line, rest.length);
	return none;
}

/* Behind the verb: what adds nothing. */
static struct span
skip_adverbs(struct span s)
{
	static const char *const adverbs[] = {"therefore", "thus", "then",
	    "simply", "just", "indeed", "also", "hence", "clearly", "exactly",
	    "equal to", "given by"};
	size_t n;

	s = skip_set(s, "*"); /* "**Answer:** 5" */
	for (;;) {
		s = skip_set(s, " \t\r\n:`_,");
		n = begins_word(s, adverbs, COUNT(adverbs));
		if (n == 0)
			return s;
		s = skip(s, n);
	}
}

/* The end of the sentence: a stop that ends a word, or the line. */
static struct span
sentence(struct span s)
{
	size_t i;

	s = span_line(s);
	for (i = 0; i < s.length; i++)
		if (span_in(".;?", s.data[i]) && (i + 1 == s.length ||
		    span_in(" \t\r*`\"')_", s.data[i + 1])))
			return span_slice(s, 0, i);
	return s;
}

/* Up to a clause that explains. */
static struct span
clause(struct span s)
{
	static const char *const words[] = {"because", "since", "as", "so",
	    "which", "where", "giving", "given", "not"};
	size_t i, count;

	for (i = 1; i < s.length; i++) {
		if (!span_in(", ", s.data[i]) ||
		    (s.data[i] == ' ' && s.data[i - 1] == ' '))
			continue;
		count = s.data[i] == ',' ? COUNT(words) : 2;
		if (begins_word(skip_set(skip(s, i + 1), " \t"), words,
		    count) > 0)
			return span_slice(s, 0, i);
	}
	return s;
}

/*
 * The formula, or text in bold, that ${s} begins with, and its length with both
 * signs: 1; 0 when it begins with none; -1 when that never ends.
 */
static int
formula(struct span s, struct span *inside, size_t *length)
{
	static const char *const signs[][2] = {{"$$", "$$"}, {"\\[", "\\]"},
	    {"\\(", "\\)"}, {"**", "**"}, {"$", "$"}};
	size_t i, n, end;
	int money;

	for (i = 0; i < COUNT(signs) && !span_begins(s, signs[i][0]);)
		i++;
	if (i == COUNT(signs))
		return 0;
	n = strlen(signs[i][0]);
	end = span_find(skip(s, n), signs[i][1]);
	/* "$45 or $50" is money, "$5" too. */
	money = n == 1 && s.length > 1 && is_digit(s.data[1]) &&
	    (end == SPAN_NONE || s.data[end] == ' ' ||
	    (end + 2 < s.length && is_digit(s.data[end + 2])));
	if (money)
		return 0;
	if (end == SPAN_NONE)
		return s.data[0] == '*' ? 0 : -1;
	*inside = span_slice(s, n, n + end);
	*length = 2 * n + end;
	return 1;
}

/* Whether the prose behind a formula belongs to the answer. */
static int
belongs(struct span tail)
{
	struct span word = span_trim(tail);
	size_t i, blanks = 0;

	for (i = 0; i < tail.length; i++)
		if (is_digit(tail.data[i]) || span_in("$%\\", tail.data[i]))
			return 1;
	if (word.length == 0 || !is_letter(word.data[0]))
		return 0;
	for (i = 0; i < word.length; i++)
		blanks += word.data[i] == ' ';
	return blanks < 2 || span_begins_nocase(word, "or ");
}

/* The value that ${s} begins with; ANSWER_EMPTY in ${how} for none. */
static enum answer_status
delimit(struct span s, struct span *value, enum answer_how *how)
{
	struct span inside, tail;
	size_t n = 0;
	int rc = formula(s, &inside, &n);

	if (rc == 1) {
		tail = clause(sentence(skip(s, n)));
		*value = belongs(tail) ? span_slice(s, 0, n + tail.length)
		                       : inside;
	} else if (rc == 0) {
		*value = clause(sentence(s));
	}
	if (rc >= 0)
		*value = span_trim(*value);
	while (rc >= 0 && value->length > 0 &&
	    span_in(".,* \t\r\n`", value->data[value->length - 1]))
		value->length--;
	if (rc < 0 || value->length == 0) {
		*how = ANSWER_EMPTY;
		return ANSWER_NONE;
	}
	return ANSWER_OK;
}

/* The last "answer" in ${s} that begins a word. */
static size_t
last_word(struct span s)
{
	size_t at;

	while ((at = span_find_last_nocase(s, WORD)) != SPAN_NONE) {
		if (at == 0 || !is_letter(s.data[at - 1]))
			return at;
		s.length = at;
	}
	return SPAN_NONE;
}

static enum answer_status
bold(struct span final, struct span *value, size_t *from,
    enum answer_how *how)
{
	struct span line = span_trim(final), inside;
	size_t n = span_find_last(line, "\n");

	if (n != SPAN_NONE)
		line = span_trim(skip(line, n + 1));
	*from = (size_t)(line.data - final.data);
	if (line.length > 0 && line.data[line.length - 1] == '.')
		line.length--;
	*how = ANSWER_ABSENT;
	if (line.length < 5 || !span_begins(line, "**") ||
	    !span_is(skip(line, line.length - 2), "**"))
		return ANSWER_NONE;
	inside = span_slice(line, 2, line.length - 2);
	if (span_find(inside, "**") != SPAN_NONE)
		return ANSWER_NONE;
	*how = ANSWER_BOLD;
	return delimit(span_strip(inside, " ."), value, how);
}

/* Whether ${s} has formulas' signs, all of them in pairs. */
static int
has_signs(struct span s)
{
	size_t i, dollars = 0, brackets = 0;

	for (i = 0; i < s.length; i++) {
		dollars += s.data[i] == '$';
		if (s.data[i] != '\\' || ++i == s.length)
			continue;
		brackets += span_in("()[]", s.data[i]);
	}
	return dollars % 2 == 0 && dollars + brackets > 0;
}

int
statement_plain(struct span value, struct buffer *out)
{
	int signs = has_signs(value), stars = span_begins(value, "**");
	struct span s;
	size_t i, from = 0, n;

	buffer_clear(out);
	for (i = 0; i < value.length; i += n) {
		s = skip(value, i);
		n = signs && s.data[0] == '$' ? 1
		    : stars && span_begins(s, "**") ? 2
		    : signs && s.length > 1 && s.data[0] == '\\' &&
		    span_in("()[]", s.data[1]) ? 2 : 0;
		if (n > 0 && buffer_add(out, value.data + from, i - from) != 0)
			return -1;
		if (n > 0)
			from = i + n;
		else
			n = s.data[0] == '\\' && s.length > 1 ? 2 : 1;
	}
	return buffer_add(out, value.data + from, value.length - from);
}

enum answer_status
statement_last(struct span final, struct span *value, size_t *from,
    enum answer_how *how)
{
	static const char *const denials[] = {"not", "n't", "n\xe2\x80\x99t",
	    "never", "neither", "no longer", "unlikely"};
	static const char *const remarks[] = {"correct", "right", "reasonable",
	    "consistent", "valid", "verified", "confirmed", "in", "obtained",
	    "found", "expressed", "sensible", "plausible", "the same"};
	struct span s = final, text;

	while ((*from = last_word(s)) != SPAN_NONE) {
		s.length = *from;
		text = behind_verb(skip(final, *from + strlen(WORD)));
		if (text.data == NULL)
			text = below_heading(final, *from);
		if (text.data == NULL)
			continue;
		s.length = *from;
		if (span_begins(span_strip(text, ":* \t\r\n"), "- ")) {
			*value = sentence(span_trim(text));
			*how = ANSWER_STATED;
			return ANSWER_AMBIGUOUS;
		}
		text = skip_adverbs(text);
		if (begins_word(text, remarks, COUNT(remarks)) > 0)
			continue;
		*how = ANSWER_STATED;
		if (begins_word(text, denials, COUNT(denials)) == 0 &&
		    !denial_before(s))
			return delimit(text, value, how);
		*how = ANSWER_NEGATED;
		return ANSWER_NONE;
	}
	return bold(final, value, from, how);
}
