/* Grade-school answers: the number behind "####", or the last number. */
#include "lib/score/gsm8k.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/decimal.h"
#include "lib/score/think.h"

#define MARK "####"

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What may stand between the mark and the digits, besides a minus. */
static size_t
ornament(struct span s)
{
	static const char *const skip[] = {" ", "\t", "\\$", "$", "*",
	    "\xc2\xa3", "\xe2\x82\xac", "\xc2\xa5", "\xc2\xa0"};
	size_t i;

	for (i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
		if (span_begins(s, skip[i]))
			return strlen(skip[i]);
	return 0;
}

/* Whether what follows a number leaves it the value it is. */
static int
tail_is_harmless(struct span tail)
{
	struct span word;
	size_t n = 0;

	if (tail.length > 0 && span_in("^_", tail.data[0]))
		return 0;
	word = span_strip(span_line(tail), " \t*$-");
	while (n < word.length && isalpha((unsigned char)word.data[n]))
		n++;
	return !decimal_changed_by(span_slice(word, 0, n));
}

/* The number that the text behind the mark states; 1, 0 or -1. */
static int
marked(struct span line, struct buffer *out)
{
	struct span tail;
	size_t n, minus;
	int negative = 0, rc;

	for (;;) {
		n = ornament(line);
		minus = negative ? 0 : span_minus(line);
		if (n + minus == 0)
			break;
		negative |= minus != 0;
		line = span_slice(line, n + minus, line.length);
	}
	n = decimal_scan(line);
	tail = span_slice(line, n, line.length);
	if (n == 0 || !tail_is_harmless(tail))
		return 0;
	/* A second number: a fraction, a sum, two candidates. */
	for (minus = 0; minus < tail.length; minus++)
		if (is_digit(tail.data[minus]))
			return 0;
	rc = decimal_canonical(span_slice(line, 0, n), out);
	if (rc != 1 || !negative || span_is((struct span){out->data,
	    out->length}, "0"))
		return rc;
	if (buffer_add(out, "-", 1) != 0)
		return -1;
	memmove(out->data + 1, out->data, out->length - 1);
	out->data[0] = '-';
	return 1;
}

/* Whether the text before a number makes it a part of something else. */
static int
head_is_harmless(struct span head)
{
	size_t n;
	char c;

	if (head.length == 0)
		return 1;
	c = head.data[head.length - 1];
	if (isalnum((unsigned char)c) || span_in("_^:.,", c))
		return 0;
	for (n = head.length; n > 0 && span_in(" \t", head.data[n - 1]);)
		n--;
	if (n == 0)
		return 1;
	c = head.data[n - 1];
	if (c == '*') /* bold, but neither a product nor a power */
		return n >= 2 && head.data[n - 2] == '*' &&
		    (n == 2 || !isalnum((unsigned char)head.data[n - 3]));
	head = span_slice(head, 0, n);
	return !span_in("/^+", c) &&
	    !(n >= 2 && c == '{' && head.data[n - 2] == '}') &&
	    !(n >= 2 && (span_is(span_slice(head, n - 2, n), "\xc3\x97") ||
	    span_is(span_slice(head, n - 2, n), "\xc3\xb7")));
}

/* The last number of the text, and where it begins. */
static int
last_number(struct span s, struct buffer *out, size_t *at)
{
	size_t end = s.length, begin, minus = 0;
	struct span head;

	while (end > 0 && !is_digit(s.data[end - 1]))
		end--;
	if (end == 0)
		return 0;
	for (begin = end; begin > 0 && (is_digit(s.data[begin - 1]) ||
	    span_in(",.", s.data[begin - 1]));)
		begin--;
	while (s.data[begin] == ',')
		begin++;
	if (begin >= 1 && s.data[begin - 1] == '-')
		minus = 1;
	else if (begin >= 3 && span_minus(span_slice(s, begin - 3, begin)) == 3)
		minus = 3;
	head = span_slice(s, 0, begin - minus);
	*at = begin - minus;
	if (!head_is_harmless(head) ||
	    !tail_is_harmless(span_slice(s, end, s.length)))
		return 0;
	/* "9 - 7" is a difference that was not worked out. */
	head = span_trim(head);
	if (minus == 0 && head.length > 0 && head.data[head.length - 1] == '-')
		return 0;
	return decimal_canonical(span_slice(s, begin - minus, end), out);
}

static int
gold_number(struct span gold, struct buffer *out)
{
	size_t mark = span_find_last(gold, MARK);

	if (mark != SPAN_NONE)
		gold = span_line(span_slice(gold, mark + sizeof(MARK) - 1,
		    gold.length));
	return marked(span_trim(gold), out);
}

int
gsm8k_judge(struct span response, struct span gold, int strict,
    struct answer *a, struct error *err)
{
	struct buffer truth = {0};
	struct span final = think_final(response);
	size_t mark, at;
	int rc;

	answer_reset(a, response.length);
	rc = gold_number(gold, &truth);
	if (rc == 0) {
		error_set(err, STATUS_DATA, "answer: not a number");
		goto bad;
	}
	if (rc < 0)
		goto memory;
	rc = 0;
	mark = span_find_last(final, MARK);
	if (mark != SPAN_NONE) {
		at = mark;
		rc = marked(span_line(span_slice(final,
		    mark + sizeof(MARK) - 1, final.length)), &a->text);
	} else if (!strict) {
		rc = last_number(final, &a->text, &at);
	}
	if (rc < 0)
		goto memory;
	a->found = rc;
	if (rc == 1) {
		a->at = (size_t)(final.data - response.data) + at;
		rc = span_equal((struct span){truth.data, truth.length},
		    (struct span){a->text.data, a->text.length});
	}
	buffer_free(&truth);
	return rc;
memory:
	error_set(err, STATUS_INTERNAL, "out of memory");
bad:
	buffer_free(&truth);
	return -1;
}
