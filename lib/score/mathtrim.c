/* Rows of tokens: what is around them, and whether two are the same. */
#include "lib/score/mathtoken.h"

#define LAYERS 8 /* of braces around all of it */

/* Whether the brace at the beginning closes at the end. */
static int
wrapped(const struct mathtoken *row, size_t count)
{
	size_t i, depth = 0;

	if (count < 2 || row[0].kind != TOKEN_OPEN)
		return 0;
	for (i = 0; i < count; i++) {
		depth += row[i].kind == TOKEN_OPEN;
		depth -= row[i].kind == TOKEN_CLOSE;
		if (depth == 0)
			return i + 1 == count;
	}
	return 0;
}

/* Whether it is in bold type, as markdown has it. */
static int
bold(const struct mathtoken *row, size_t count)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (count < 5 || row[i].kind != TOKEN_SIGN || row[i].c != '*' ||
		    row[count - 1 - i].kind != TOKEN_SIGN ||
		    row[count - 1 - i].c != '*')
			return 0;
	return 1;
}

/* "The answer is 5", "Option B": without the words that say so. */
static void
labelled(struct mathtoken **row, size_t *count)
{
	static const char *const labels[] = {"the final answer is",
	    "the answer is", "final answer", "answer", "option", "choice"};
	struct mathtoken *t = *row;
	struct span rest;
	size_t i;

	if (*count == 0 || t->kind != TOKEN_TEXT)
		return;
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (span_begins_nocase(t->text, labels[i]))
			break;
	if (i == sizeof(labels) / sizeof(labels[0]))
		return;
	rest = span_slice(t->text, span_of(labels[i]).length, t->text.length);
	if (span_trim(rest).length == 0 && *count > 1) {
		++*row;
		--*count;
		if (*count > 1 && (*row)[0].kind == TOKEN_SIGN &&
		    (*row)[0].c == ':') {
			++*row;
			--*count;
		}
	} else if (rest.length > 0 && span_in(" \t\r\n", rest.data[0])) {
		t->text = span_trim(rest);
	}
}

void
mathtoken_trim(struct mathtoken **row, size_t *count)
{
	int layers;

	labelled(row, count);
	for (layers = 0; layers < LAYERS; layers++) {
		while (*count > 0 && (*row)[*count - 1].kind == TOKEN_SIGN &&
		    span_in(".,;:\\", (*row)[*count - 1].c))
			--*count;
		if (bold(*row, *count)) {
			*row += 2;
			*count -= 4;
		} else if (wrapped(*row, *count)) {
			++*row;
			*count -= 2;
		} else {
			return;
		}
	}
}

int
mathtoken_same(const struct mathtoken *a, const struct mathtoken *b)
{
	if (a->kind != b->kind || a->c != b->c || a->id != b->id ||
	    a->tight != b->tight)
		return 0;
	switch (a->kind) {
	case TOKEN_DIGITS:
	case TOKEN_LETTER:
	case TOKEN_TEXT:
	case TOKEN_COMMAND:
	case TOKEN_UNKNOWN:
		return span_equal(a->text, b->text);
	default:
		return 1;
	}
}
