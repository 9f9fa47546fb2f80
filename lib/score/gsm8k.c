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
	    "\xc2\xa3", "\xe2\x82\xac", "\xc2\xa5", "\xc2\xa0", "\\(",
	    "\\boxed{"};
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

/* Whether ${tail} offers a second number: a fraction, a sum, a candidate. */
static int
another(struct span tail)
{
	size_t i;

	for (i = 0; i < tail.length; i++)
		if (is_digit(tail.data[i]))
			return 1;
	tail = span_strip(tail, " \t*$");
	return span_begins_nocase(tail, "or ") ||
	    span_begins_nocase(tail, "and ");
}

/* decimal_canonical, with a minus in front if ${negative}; 1, 0 or -1. */
static int
canonical(struct span digits, int negative, struct buffer *out)
{
	int rc = decimal_canonical(digits, out);

	if (rc != 1 || !negative || span_is((struct span){out->data,
	    out->length}, "0"))
		return rc;
	if (buffer_add(out, "-", 1) != 0)
		return -1;
	memmove(out->data + 1, out->data, out->length - 1);
	out->data[0] = '-';
	return 1;
}

/* The number that the text behind the mark states; 0, or -1. */
static int
marked(struct span line, struct buffer *out, enum answer_status *status)
{
	struct span tail;
	size_t n, minus;
	int negative = 0, rc;

	*status = ANSWER_NONE;
	if (span_trim(line).length == 0)
		return 0;
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
	*status = n > 0 && another(tail) ? ANSWER_AMBIGUOUS
	                                 : ANSWER_UNPARSABLE;
	if (n == 0 || another(tail) || !tail_is_harmless(tail))
		return 0;
	rc = canonical(span_slice(line, 0, n), negative, out);
	if (rc == 1)
		*status = ANSWER_OK;
	return rc < 0 ? -1 : 0;
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

/* Whether the text before a number offers one too: "17 or ". */
static int
candidate_before(struct span head)
{
	size_t n;

	head = span_strip(head, " \t*$\\(");
	n = head.length;
	if (n < 4 || !span_begins_nocase(span_slice(head, n - 2, n), "or") ||
	    isalnum((unsigned char)head.data[n - 3]))
		return 0;
	head = span_strip(span_slice(head, 0, n - 2), " \t*$,)\\");
	return head.length > 0 && is_digit(head.data[head.length - 1]);
}

/* The last number of the text: its place, its value; 0, or -1. */
static int
last_number(struct span s, struct buffer *out, struct span *number,
    enum answer_status *status)
{
	size_t end = s.length, begin, minus = 0;
	struct span head;
	int rc;

	*status = ANSWER_NONE;
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
	*number = span_slice(s, begin - minus, end);
	*status = ANSWER_UNPARSABLE;
	if (!head_is_harmless(head) ||
	    !tail_is_harmless(span_slice(s, end, s.length)))
		return 0;
	/* "9 - 7" is a difference that was not worked out. */
	head = span_trim(head);
	if (minus == 0 && head.length > 0 && head.data[head.length - 1] == '-')
		return 0;
	rc = decimal_canonical(*number, out);
	if (rc == 1)
		*status = candidate_before(head) ? ANSWER_AMBIGUOUS
		                                 : ANSWER_OK;
	return rc < 0 ? -1 : 0;
}

static int
gold_number(struct span gold, struct buffer *out, struct error *err)
{
	size_t mark = span_find_last(gold, MARK);
	enum answer_status status;

	if (mark != SPAN_NONE)
		gold = span_line(span_slice(gold, mark + sizeof(MARK) - 1,
		    gold.length));
	if (marked(span_trim(gold), out, &status) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return status == ANSWER_OK ? 0
	    : error_set(err, STATUS_DATA, "answer: not a number");
}

/* Find the answer, its value in ${value}; 0, or -1. */
static int
extract(struct span response, int strict, struct buffer *value,
    struct answer *a, struct error *err)
{
	struct span final = think_final(response), text = {NULL, 0};
	size_t mark = span_find_last(final, MARK), at;
	enum answer_how how = mark != SPAN_NONE ? ANSWER_MARK : ANSWER_NUMBER;
	enum answer_status status = ANSWER_NONE;
	int rc = 0;

	if (final.data == NULL)
		return answer_none(a, ANSWER_THINKING);
	if (mark != SPAN_NONE) {
		text = span_line(span_slice(final, mark + sizeof(MARK) - 1,
		    final.length));
		rc = marked(text, value, &status);
	} else if (!strict) {
		rc = last_number(final, value, &text, &status);
	}
	if (rc == 0 && status == ANSWER_NONE)
		return answer_none(a, mark != SPAN_NONE ? ANSWER_EMPTY
		                                        : ANSWER_ABSENT);
	at = mark != SPAN_NONE ? mark : (size_t)(text.data - final.data);
	if (status == ANSWER_OK)
		text = (struct span){value->data, value->length};
	return rc < 0 ? error_set(err, STATUS_TEMPFAIL, "out of memory") :
	    answer_set(a, span_trim(text), (size_t)(final.data -
	    response.data) + at, how, status, err);
}

int
gsm8k_judge(struct span response, struct span gold, int strict,
    struct answer *a, struct error *err)
{
	struct buffer truth = {0}, value = {0};
	int rc;

	answer_reset(a, response.length);
	rc = gold_number(gold, &truth, err);
	if (rc == 0)
		rc = extract(response, strict, &value, a, err);
	if (rc == 0)
		rc = a->status == ANSWER_OK &&
		    span_equal((struct span){truth.data, truth.length},
		    (struct span){a->text.data, a->text.length});
	buffer_free(&truth);
	buffer_free(&value);
	return rc;
}
