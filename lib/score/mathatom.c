/* The grammar's lower half: names and commands with arguments. */
#include "lib/score/mathgrammar.h"

#include <ctype.h>
#include <string.h>

#include "lib/score/mathcardinal.h"
#include "lib/score/mathword.h"

struct mathnode *
mathgrammar_argument(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	size_t bars = g->bars, closed = g->closed;
	struct mathnode *n;

	if (mathgrammar_enter(g) != 0)
		return NULL;
	if (t->kind == TOKEN_OPEN) {
		g->at++;
		g->bars = g->closed = 0;
		n = mathgrammar_list(g);
		if (n == NULL || g->digit != 0 ||
		    mathgrammar_peek(g, 0)->kind != TOKEN_CLOSE)
			return mathgrammar_fail(g);
		g->at++;
		g->bars = bars;
		g->closed = closed;
		n->closed = 1;
	} else if (t->kind == TOKEN_DIGITS) {
		n = mathnode_integer(g->w, t->text.data[g->digit] - '0');
		if (++g->digit == t->text.length) {
			g->digit = 0;
			g->at++;
		}
	} else if (t->kind == TOKEN_SIGN && !span_in("(p8O|", t->c)) {
		return mathgrammar_fail(g);
	} else {
		n = mathgrammar_atom(g);
	}
	g->depth--;
	return n;
}

/* Append the tokens of an argument to a name; 0, or -1. */
static int
name_argument(struct mathgrammar *g, char *name, size_t *length, size_t room)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	int open = t->kind == TOKEN_OPEN;

	g->at += (size_t)open;
	for (;;) {
		t = mathgrammar_peek(g, 0);
		if (t->kind == TOKEN_CLOSE && open) {
			g->at++;
			return 0;
		}
		if (t->kind == TOKEN_END || t->kind == TOKEN_OPEN ||
		    t->kind == TOKEN_CLOSE || t->text.length + *length > room)
			return mathwork_fail(g->w, MATHWORK_UNREADABLE);
		memcpy(name + *length, t->text.data, t->text.length);
		*length += t->text.length;
		g->at++;
		if (!open)
			return 0;
	}
}

/* A variable with its subscript and primes: x, x_1, f'. */
static struct mathnode *
symbol(struct mathgrammar *g, struct span name)
{
	struct mathnode *n = mathnode_new(g->w, NODE_SYMBOL, NULL, NULL);
	char text[64], *copy;
	size_t length = 0;

	if (n == NULL)
		return NULL;
	while (mathgrammar_sign(g, 0, '_') || mathgrammar_sign(g, 0, '\'') ||
	    (mathgrammar_sign(g, 0, '^') && mathgrammar_sign(g, 1, '\''))) {
		if (length == 0) {
			if (name.length > 16)
				return mathgrammar_fail(g);
			memcpy(text, name.data, name.length);
			length = name.length;
		}
		if (length + 1 >= sizeof(text))
			return mathgrammar_fail(g);
		if (mathgrammar_take(g, '_')) {
			text[length++] = '_';
			if (name_argument(g, text, &length, sizeof(text)) != 0)
				return NULL;
			continue;
		}
		mathgrammar_take(g, '^');
		g->at++;
		text[length++] = '\'';
	}
	if (length > 0) {
		if ((copy = mathwork_alloc(g->w, length)) == NULL)
			return NULL;
		memcpy(copy, text, length);
		name = (struct span){copy, length};
	}
	n->name = name;
	return n;
}

/* f(x), f^{-1}(x): a function that we know by name only is a symbol whose
 * name includes its argument. */
static struct mathnode *
applied(struct mathgrammar *g)
{
	size_t from = g->at, depth = 0, i;
	const struct mathtoken *t;
	char text[64];
	size_t length = 0;
	char *copy;

	for (i = 0;; i++) {
		t = mathgrammar_peek(g, i);
		if (t->kind == TOKEN_END ||
		    length + t->text.length + 1 > sizeof(text))
			return NULL;
		if (t->kind == TOKEN_SIGN && t->c == '(')
			depth++;
		if (i > 0 && depth == 0)
			return NULL;
		memcpy(text + length, t->text.data, t->text.length);
		length += t->text.length;
		if (t->kind == TOKEN_SIGN && t->c == ')' && --depth == 0)
			break;
	}
	if ((copy = mathwork_alloc(g->w, length)) == NULL)
		return NULL;
	memcpy(copy, text, length);
	g->at = from + i + 1;
	return symbol(g, (struct span){copy, length});
}

static struct mathnode *
letter(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	const struct mathtoken *next = mathgrammar_peek(g, 1);
	struct mathnode *n;
	int plain = next->kind != TOKEN_SIGN || !span_in("_'", next->c);

	if (t->text.length == 1 && span_in("fghFG", t->text.data[0]) &&
	    mathgrammar_sign(g, 1, '(') && (n = applied(g)) != NULL)
		return n;
	if (g->w->failure != MATHWORK_FINE)
		return NULL;
	g->at++;
	if (plain && span_is(t->text, "e"))
		return mathnode_new(g->w, NODE_E, NULL, NULL);
	if (plain && span_is(t->text, "i"))
		return mathnode_new(g->w, NODE_I, NULL, NULL);
	return symbol(g, t->text);
}

static struct mathnode *
words(struct mathgrammar *g)
{
	struct span s = span_strip(mathgrammar_peek(g, 0)->text, ". ");
	int number = mathword_number(s);
	char set = mathword_set(s);
	struct mathnode *n;
	long top, bottom;

	g->at++;
	if (number >= 0)
		return mathnode_integer(g->w, number);
	if (mathcardinal(s, &top, &bottom)) {
		n = mathnode_integer(g->w, top);
		if (n != NULL)
			fmpq_set_si(n->value, top, (ulong)bottom);
		return n;
	}
	if (mathword_same(s, span_of("infinity")))
		return mathnode_new(g->w, NODE_INFINITY, NULL, NULL);
	if (set != '\0')
		return mathnode_new(g->w, set == 'O' ? NODE_EMPTY : NODE_REALS,
		    NULL, NULL);
	if (s.length == 1)
		return symbol(g, s);
	n = mathnode_new(g->w, NODE_TEXT, NULL, NULL);
	if (n != NULL)
		n->name = s;
	return n;
}

/* A root's degree in brackets, or NULL where there is none. */
static struct mathnode *
root(struct mathgrammar *g)
{
	struct mathnode *degree, *a;
	size_t closed = g->closed;

	if (mathgrammar_take(g, '[')) {
		g->closed = 0;
		degree = mathgrammar_sum(g);
		g->closed = closed;
		if (degree == NULL || !mathgrammar_take(g, ']'))
			return mathgrammar_fail(g);
	} else {
		degree = mathnode_integer(g->w, 2);
	}
	a = mathgrammar_argument(g);
	return a == NULL ? NULL : mathnode_new(g->w, NODE_ROOT, a, degree);
}

static struct mathnode *
surd(struct mathgrammar *g)
{
	struct mathnode *two = mathnode_integer(g->w, 2);
	struct mathnode *a = mathgrammar_atom(g);

	return a == NULL ? NULL : mathnode_new(g->w, NODE_ROOT, a, two);
}

static struct mathnode *
blackboard(struct mathgrammar *g)
{
	char text[8];
	size_t length = 0;

	if (name_argument(g, text, &length, sizeof(text)) != 0)
		return NULL;
	if (length == 1 && text[0] == 'R' && !mathgrammar_sign(g, 0, '^'))
		return mathnode_new(g->w, NODE_REALS, NULL, NULL);
	return symbol(g, span_is((struct span){text, length}, "Z")
	    ? span_of("integers") : span_is((struct span){text, length}, "N")
	    ? span_of("naturals") : span_of("numbers"));
}

static struct mathnode *
command(struct mathgrammar *g)
{
	int id = mathgrammar_peek(g, 0)->id;
	struct mathnode *a, *b;

	if (id == COMMAND_BEGIN)
		return mathgrammar_matrix(g);
	g->at++;
	switch (id) {
	case COMMAND_FRAC:
	case COMMAND_BINOM:
		a = mathgrammar_argument(g);
		b = a == NULL ? NULL : mathgrammar_argument(g);
		if (b == NULL)
			return NULL;
		return id == COMMAND_FRAC ? mathgrammar_quotient(g, a, b)
		    : mathnode_new(g->w, NODE_BINOMIAL, a, b);
	case COMMAND_SQRT:
		return root(g);
	case COMMAND_SURD:
		return surd(g);
	case COMMAND_OVERLINE: /* a line's name, not a conjugate */
		a = mathgrammar_argument(g);
		return a == NULL || a->kind == NODE_SYMBOL ||
		    a->kind == NODE_PRODUCT ? a : mathgrammar_fail(g);
	case COMMAND_BB:
		return blackboard(g);
	default:
		return mathgrammar_fail(g);
	}
}

static struct mathnode *
sign(struct mathgrammar *g)
{
	static const struct {
		char sign;
		enum mathnode_kind kind;
	} constants[] = {{SIGN_PI, NODE_PI}, {SIGN_INFINITY, NODE_INFINITY},
	    {SIGN_EMPTY, NODE_EMPTY}};
	char c = mathgrammar_peek(g, 0)->c;
	struct mathnode *a;
	size_t i;

	for (i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (c == constants[i].sign) {
			g->at++;
			return mathnode_new(g->w, constants[i].kind, NULL,
			    NULL);
		}
	if (c == '.')
		return mathgrammar_numeral(g);
	if (c != SIGN_MONEY)
		return mathgrammar_bracket(g);
	g->at++;
	if (mathgrammar_take(g, '-')) {
		a = mathgrammar_factor(g);
		if (a != NULL)
			a = mathnode_new(g->w, NODE_NEGATIVE, a, NULL);
	} else {
		a = mathgrammar_factor(g);
	}
	if (a == NULL)
		return NULL;
	a = mathnode_new(g->w, NODE_QUANTITY, a, NULL);
	if (a == NULL || (a->unit = mathwork_alloc(g->w,
	    sizeof(*a->unit))) == NULL)
		return NULL;
	mathunit_add(a->unit, span_of("dollar"), 1);
	return a;
}

struct mathnode *
mathgrammar_atom(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	struct mathnode *n;

	if (mathgrammar_based(g) > 0)
		return mathgrammar_numeral(g);
	if (mathgrammar_enter(g) != 0)
		return NULL;
	switch (t->kind) {
	case TOKEN_DIGITS:
		n = mathgrammar_numeral(g);
		break;
	case TOKEN_LETTER:
		n = letter(g);
		break;
	case TOKEN_TEXT:
		n = words(g);
		break;
	case TOKEN_FUNCTION:
		n = mathgrammar_function(g);
		break;
	case TOKEN_COMMAND:
		n = command(g);
		break;
	case TOKEN_OPEN:
		n = mathgrammar_argument(g);
		break;
	case TOKEN_SIGN:
		n = sign(g);
		break;
	default:
		return mathgrammar_fail(g);
	}
	g->depth--;
	return n;
}
