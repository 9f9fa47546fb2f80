/* From characters to tokens; what only looks ends here. */
#include "lib/score/mathtoken.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/mathcommand.h"
#include "lib/score/mathplain.h"
#include "lib/score/mathword.h"

#define NEST 8 /* \text in \text */

struct lexer {
	struct mathwork *w;
	struct span s;
	size_t at, end;
	int textual; /* inside \text */
	int nest;
	int aligned; /* environments open that only align */
	unsigned char space, side; /* for the next token */
	struct mathtoken *row;
	size_t count;
};

static char
peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->end ? l->s.data[l->at + ahead] : '\0';
}

static struct mathtoken *
add(struct lexer *l, enum mathtoken_kind kind, size_t from, size_t to)
{
	struct mathtoken *t = &l->row[l->count++];

	memset(t, 0, sizeof(*t));
	t->kind = (unsigned char)kind;
	t->text = span_slice(l->s, from, to);
	t->space = l->space;
	t->side = l->side;
	t->textual = (unsigned char)l->textual;
	l->space = l->side = 0;
	return t;
}

static void
add_sign(struct lexer *l, char sign, size_t from)
{
	add(l, TOKEN_SIGN, from, l->at)->c = sign;
}

/* Where the group ends whose brace opens at ${from}; SPAN_NONE if nowhere. */
static size_t
group_end(const struct lexer *l, size_t from)
{
	size_t i, depth = 0;

	for (i = from; i < l->end; i++) {
		if (l->s.data[i] == '\\')
			i++;
		else if (l->s.data[i] == '{')
			depth++;
		else if (l->s.data[i] == '}' && --depth == 0)
			return i;
	}
	return SPAN_NONE;
}

static void
skip_blanks(struct lexer *l)
{
	while (span_in(" \t\r\n", peek(l, 0)))
		l->at++;
}

/* The argument of a command as a slice; 1, or 0 when it never ends. */
static int
argument(struct lexer *l, size_t *from, size_t *to)
{
	size_t end;

	skip_blanks(l);
	*from = *to = l->at;
	if (l->at >= l->end)
		return 1;
	if (peek(l, 0) != '{') {
		*to = ++l->at;
		return 1;
	}
	if ((end = group_end(l, l->at)) == SPAN_NONE)
		return 0;
	*from = l->at + 1;
	*to = end;
	l->at = end + 1;
	return 1;
}

static int lex(struct lexer *l);

/* The tokens of a slice, in words or not, and then go on behind it. */
static int
inside(struct lexer *l, size_t from, size_t to, int textual)
{
	struct lexer in = *l;
	int rc;

	if (++in.nest > NEST)
		return mathwork_fail(l->w, MATHWORK_UNREADABLE);
	in.at = from;
	in.end = to;
	in.textual = textual;
	rc = lex(&in);
	l->count = in.count;
	l->aligned = in.aligned;
	l->space = in.space;
	l->side = in.side;
	return rc;
}

static int
run_text(struct lexer *l, enum mathcommand_action action)
{
	const struct mathcommand *c;
	size_t from, to, begin = l->at;
	struct span s;

	if (!argument(l, &from, &to))
		return mathwork_fail(l->w, MATHWORK_UNREADABLE);
	s = span_trim(span_slice(l->s, from, to));
	c = action == ACTION_NAME ? mathcommand_find(s) : NULL;
	if (c != NULL && c->action == ACTION_FUNCTION) {
		add(l, TOKEN_FUNCTION, begin, l->at)->id = c->value;
		return 0;
	}
	if (l->textual || action == ACTION_TEXT || s.length > 1)
		return inside(l, from, to, 1);
	return inside(l, from, to, 0);
}

/* An environment around formulas that says nothing of them. */
static int
aligns(struct span name)
{
	static const char *const names[] = {"aligned", "align", "split",
	    "gathered", "gather", "equation", "math", "displaymath"};
	size_t i;

	name = span_strip(name, "*");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(name, names[i]))
			return 1;
	return 0;
}

static int
run_environment(struct lexer *l, unsigned char id, size_t begin)
{
	size_t from, to;
	struct mathtoken *t;

	if (!argument(l, &from, &to))
		return mathwork_fail(l->w, MATHWORK_UNREADABLE);
	if (aligns(span_slice(l->s, from, to))) {
		l->aligned += id == COMMAND_BEGIN ? 1 : -1;
		return l->aligned >= 0 ? 0
		    : mathwork_fail(l->w, MATHWORK_UNREADABLE);
	}
	t = add(l, TOKEN_COMMAND, begin, l->at);
	t->id = id;
	t->text = span_strip(span_slice(l->s, from, to), "*");
	/* An array's columns say nothing. */
	if (id == COMMAND_BEGIN && span_is(t->text, "array") &&
	    peek(l, 0) == '{' && !argument(l, &from, &to))
		return mathwork_fail(l->w, MATHWORK_UNREADABLE);
	return 0;
}

static int
run(struct lexer *l, const struct mathcommand *c, size_t begin)
{
	size_t from, to;

	switch (c->action) {
	case ACTION_SPACE:
		l->space = c->value;
		return 0;
	case ACTION_SKIP:
		return argument(l, &from, &to) ? 0
		    : mathwork_fail(l->w, MATHWORK_UNREADABLE);
	case ACTION_TEXT:
	case ACTION_NAME:
		return run_text(l, c->action);
	case ACTION_SIDE:
		l->side = c->value;
		skip_blanks(l);
		if (peek(l, 0) == '.') {
			l->at++;
			l->side = 0;
		}
		return 0;
	case ACTION_BAR:
		l->side = c->value ? c->value : l->side;
		add_sign(l, '|', begin);
		return 0;
	case ACTION_SIGN:
		add_sign(l, (char)c->value, begin);
		return 0;
	case ACTION_LETTER:
		add(l, TOKEN_LETTER, begin, l->at)->text = span_of(c->name);
		return 0;
	case ACTION_MONEY:
		add(l, TOKEN_TEXT, begin, l->at)->text = span_of(c->name);
		return 0;
	case ACTION_FUNCTION:
		add(l, TOKEN_FUNCTION, begin, l->at)->id = c->value;
		return 0;
	case ACTION_COMMAND:
		if (c->value == COMMAND_BEGIN || c->value == COMMAND_FINISH)
			return run_environment(l, c->value, begin);
		add(l, TOKEN_COMMAND, begin, l->at)->id = c->value;
		return 0;
	default:
		return 0;
	}
}

static int
command(struct lexer *l)
{
	const struct mathcommand *c;
	size_t begin = l->at++, n = 0;
	struct span name;

	while (isalpha((unsigned char)peek(l, n)))
		n++;
	if (n == 0 && l->at < l->end)
		n = 1;
	name = span_slice(l->s, l->at, l->at + n);
	l->at += n;
	if ((c = mathcommand_find(name)) != NULL)
		return run(l, c, begin);
	add(l, TOKEN_UNKNOWN, begin, l->at);
	return 0;
}

/* In plain mathematics letters are variables unless they make a word. */
static int
letters(struct lexer *l)
{
	const struct mathtoken *before = l->count ? &l->row[l->count - 1]
	                                          : NULL;
	const struct mathcommand *c;
	size_t begin = l->at, n = 1, phrase;
	int counts;
	struct span s;

	while (isalpha((unsigned char)peek(l, n)))
		n++;
	s = span_slice(l->s, begin, begin + n);
	if (!l->textual && (c = mathcommand_find_plain(s)) != NULL) {
		l->at += n;
		return run(l, c, begin);
	}
	counts = before != NULL && (before->kind == TOKEN_DIGITS ||
	    before->kind == TOKEN_CLOSE);
	phrase = mathword_phrase(span_slice(l->s, begin, l->end), l->textual,
	    counts);
	if (phrase > 0) {
		l->at += phrase;
		add(l, TOKEN_TEXT, begin, l->at);
		return 0;
	}
	for (; n > 0; n--) {
		l->at++;
		add(l, TOKEN_LETTER, l->at - 1, l->at);
	}
	return 0;
}

static void
comma(struct lexer *l)
{
	size_t begin = l->at++, n = 0;

	add_sign(l, ',', begin);
	while (peek(l, n) == ' ')
		n++;
	l->row[l->count - 1].tight = peek(l, n) == '\\' &&
	    peek(l, n + 1) == '!';
}

static int
character(struct lexer *l)
{
	unsigned char c = (unsigned char)peek(l, 0);
	size_t begin = l->at;

	if (c == '{' && peek(l, 1) == ',' && peek(l, 2) == '}') {
		l->at += 3;
		add_sign(l, ',', begin);
		l->row[l->count - 1].tight = 1;
	} else if (c == '{' && span_in(":=<>", peek(l, 1)) &&
	    peek(l, 2) == '}') {
		l->at += 3;
		add_sign(l, l->s.data[begin + 1], begin);
	} else if (c == '{' || c == '}') {
		l->at++;
		add(l, c == '{' ? TOKEN_OPEN : TOKEN_CLOSE, begin, l->at);
	} else if (isdigit(c)) {
		while (isdigit((unsigned char)peek(l, 0)))
			l->at++;
		add(l, TOKEN_DIGITS, begin, l->at);
	} else if (isalpha(c) || (c >= 0x80 && l->textual)) {
		return letters(l);
	} else if (c == ',') {
		comma(l);
	} else if (c == '.' && peek(l, 1) == '.') {
		while (peek(l, 0) == '.')
			l->at++;
		add_sign(l, SIGN_DOTS, begin);
	} else if (c < 0x80 && !iscntrl(c)) {
		l->at++;
		add_sign(l, (char)c, begin);
	} else {
		l->at++;
		add(l, TOKEN_UNKNOWN, begin, l->at);
	}
	return 0;
}

/* Dollar signs switch between words and mathematics inside \text. */
static int
dollar(struct lexer *l)
{
	size_t begin = ++l->at, end;

	if (!l->textual)
		return 0;
	while (l->at < l->end && peek(l, 0) != '$')
		l->at++;
	if (l->at == l->end) {
		l->at = begin; /* a lone one */
		return 0;
	}
	end = l->at++;
	return inside(l, begin, end, 0);
}

static int
lex(struct lexer *l)
{
	char c;
	int rc = 0;

	while (rc == 0 && l->at < l->end) {
		c = peek(l, 0);
		if (span_in(" \t\r\n\v\f~", c)) {
			l->space = 1;
			l->at++;
		} else if (c == '$') {
			rc = dollar(l);
		} else if (c == '\\') {
			rc = command(l);
		} else {
			rc = character(l);
		}
		if (rc == 0)
			rc = mathwork_spend(l->w, 4);
	}
	return rc;
}

struct mathtoken *
mathtoken_row(struct mathwork *w, struct span text, size_t *count)
{
	struct lexer l = {.w = w};

	if (text.length > MATHTOKEN_BYTES) {
		mathwork_fail(w, MATHWORK_OVER);
		return NULL;
	}
	l.s = mathplain(w, text);
	if (l.s.data == NULL && text.length > 0)
		return NULL;
	l.end = l.s.length;
	l.row = mathwork_alloc(w, (l.end + 1) * sizeof(*l.row));
	if (l.row == NULL || lex(&l) != 0)
		return NULL;
	if (l.aligned != 0) {
		mathwork_fail(w, MATHWORK_UNREADABLE);
		return NULL;
	}
	*count = l.count;
	return l.row;
}
