/* Numbers in words. */
#include "lib/score/mathcardinal.h"

#include "lib/score/mathword.h"

#define MOST 1000000000000 /* 10^12 */

static int
is(struct span word, const char *name)
{
	return mathword_same(word, span_of(name));
}

/* 3 for "third" and "thirds", 2 for "half", 4 for "quarters"; 0 for none. */
static long
part(struct span word)
{
	long n;

	if (is(word, "half") || is(word, "halves"))
		return 2;
	if (is(word, "quarter") || is(word, "quarters"))
		return 4;
	if (word.length > 4 && (word.data[word.length - 1] | 32) == 's')
		word.length--;
	n = mathword_ordinal(word);
	return n > 2 ? n : 0;
}

/* Take one more word in; 0 when it doesn't fit. ${low} is what may still be
 * multiplied, ${*high} the thousands before it. */
static int
take(struct span word, long *high, long *low)
{
	int power = mathword_power(word), n;
	long ten = 1;

	if (is(word, "and") && *low + *high > 0)
		return 1;
	if (is(word, "dozen") && *high == 0 && *low > 0 && *low < 100) {
		*low *= 12;
		return 1;
	}
	if (power > 0 && *low > 0) {
		for (; power > 0; power--)
			ten *= 10;
		if (ten > 100) {
			*high += *low * ten;
			*low = 0;
		} else {
			*low *= ten;
		}
		return *high < MOST && *low < 10000;
	}
	n = mathword_number(word);
	if (n <= 0 || n > 99 || mathword_ordinal(word) > 0)
		return 0;
	/* Units go on tens, and both on hundreds. */
	if (*low % 100 != 0 && (n > 9 || *low % 100 < 20 || *low % 10 != 0))
		return 0;
	*low += n;
	return 1;
}

int
mathcardinal(struct span s, long *top, long *bottom)
{
	long high = 0, low = 0, n;
	struct span word;
	size_t words = 0;

	*bottom = 1;
	for (; mathword_next(&s, &word); words++) {
		if ((n = part(word)) > 0) {
			*top = words == 0 ? 1 : high + low;
			*bottom = n;
			return *top > 0 && (words > 0 || n == 2) &&
			    !mathword_next(&s, &word);
		}
		if (words == 0 && (is(word, "a") || is(word, "one")))
			low = 1;
		else if (!take(word, &high, &low))
			return 0;
	}
	*top = high + low;
	return words > 1 && *top > 0;
}
