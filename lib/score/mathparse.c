/* The grammar's upper half: choices, lists, relations, unions, ratios. */
#include "lib/score/mathparse.h"

#include "lib/score/mathgrammar.h"
#include "lib/score/mathscalar.h"
#include "lib/score/mathword.h"

static const struct mathtoken nothing = {.kind = TOKEN_END};

const struct mathtoken *
mathgrammar_peek(const struct mathgrammar *g, size_t ahead)
{
	return g->at + ahead < g->end ? &g->row[g->at + ahead] : &nothing;
}

int
mathgrammar_sign(const struct mathgrammar *g, size_t ahead, char c)
{
	const struct mathtoken *t = mathgrammar_peek(g, ahead);

	return t->kind == TOKEN_SIGN && t->c == c;
}

int
mathgrammar_take(struct mathgrammar *g, char c)
{
	if (!mathgrammar_sign(g, 0, c))
		return 0;
	g->at++;
	return 1;
}

struct mathnode *
mathgrammar_fail(struct mathgrammar *g)
{
	mathwork_fail(g->w, MATHWORK_UNREADABLE);
	return NULL;
}

int
mathgrammar_enter(struct mathgrammar *g)
{
	if (g->depth == MATHGRAMMAR_DEPTH)
		return mathwork_fail(g->w, MATHWORK_OVER);
	g->depth++;
	return mathwork_spend(g->w, 4);
}

/* a \over b, a \choose b: two sums. */
static struct mathnode *
infix(struct mathgrammar *g)
{
	struct mathnode *a = mathgrammar_sum(g), *b;
	const struct mathtoken *t = mathgrammar_peek(g, 0);

	if (a == NULL || t->kind != TOKEN_COMMAND ||
	    (t->id != COMMAND_OVER && t->id != COMMAND_CHOOSE))
		return a;
	g->at++;
	if ((b = mathgrammar_sum(g)) == NULL)
		return NULL;
	return t->id == COMMAND_OVER ? mathgrammar_quotient(g, a, b)
	    : mathnode_new(g->w, NODE_BINOMIAL, a, b);
}

static int
colon(const struct mathgrammar *g)
{
	return mathgrammar_sign(g, 0, ':') || mathgrammar_ratio(g) == ':';
}

/* a:b:c, a ratio or a time; in a set the colon says "such that". */
static struct mathnode *
ratio(struct mathgrammar *g)
{
	struct mathnode *a = infix(g), *ratio, *b;

	if (a == NULL || g->bars > 0 || !colon(g))
		return a;
	ratio = mathnode_new(g->w, NODE_RATIO, a, NULL);
	while (ratio != NULL && colon(g)) {
		g->at++;
		if ((b = infix(g)) == NULL)
			return NULL;
		/* "4:30 p.m.": the unit belongs to all of it. */
		if (b->kind == NODE_QUANTITY && !colon(g)) {
			mathnode_add(ratio, b->child);
			b->child = b->last = NULL;
			b->count = 0;
			mathnode_add(b, ratio);
			return b;
		}
		mathnode_add(ratio, b);
	}
	return ratio;
}

static struct mathnode *
set_union(struct mathgrammar *g)
{
	struct mathnode *a = ratio(g), *b;
	enum mathnode_kind kind;

	while (a != NULL) {
		if (mathgrammar_take(g, SIGN_CUP))
			kind = NODE_UNION;
		else if (mathgrammar_take(g, SIGN_CAP))
			kind = NODE_INTERSECTION;
		else if (mathgrammar_take(g, SIGN_MINUS))
			kind = NODE_DIFFERENCE;
		else
			return a;
		if ((b = ratio(g)) == NULL)
			return NULL;
		a = mathnode_new(g->w, kind, a, b);
	}
	return a;
}

/* The relation's sign, consumed; '\0' when there is none. */
static char
relation_sign(struct mathgrammar *g)
{
	const struct mathtoken *t = mathgrammar_peek(g, 0);
	char c = t->kind == TOKEN_SIGN ? t->c : '\0';
	size_t marks = c == '&'; /* of an alignment: "x &= 3" */

	if (marks)
		c = (t = mathgrammar_peek(g, 1))->kind == TOKEN_SIGN ? t->c
		                                                    : '\0';
	if (!span_in("=<>lgni~", c))
		return '\0';
	g->at += 1 + marks;
	if ((c == '<' || c == '>') && mathgrammar_sign(g, 0, '=') &&
	    !mathgrammar_peek(g, 0)->space) {
		g->at++;
		c = c == '<' ? SIGN_LE : SIGN_GE;
	}
	if (!marks)
		mathgrammar_take(g, '&');
	return c;
}

struct mathnode *
mathgrammar_relation(struct mathgrammar *g)
{
	struct mathnode *a, *relation;
	char c;

	if (mathgrammar_enter(g) != 0)
		return NULL;
	/* "= 5" and "about 5" are 5. */
	if (!mathgrammar_take(g, '='))
		mathgrammar_take(g, SIGN_ABOUT);
	a = set_union(g);
	if (a != NULL && (c = relation_sign(g)) != '\0') {
		relation = mathnode_new(g->w, NODE_RELATION, a, NULL);
		while (relation != NULL && c != '\0') {
			if ((a = set_union(g)) == NULL)
				return NULL;
			a->sign = c == SIGN_ABOUT ? '=' : c;
			/* What a value is about says nothing more. */
			if (c != SIGN_ABOUT ||
			    !mathscalar_constant(relation->last))
				mathnode_add(relation, a);
			c = relation_sign(g);
		}
		a = relation != NULL && relation->count == 1 ? relation->child
		                                             : relation;
	}
	g->depth--;
	return a;
}

/* ',' or 'o' (or) when a separator was consumed; '\0'. */
static char
separator(struct mathgrammar *g)
{
	const struct mathtoken *t;
	char c = '\0', word;

	for (;;) {
		t = mathgrammar_peek(g, 0);
		word = t->kind == TOKEN_TEXT ? mathword_separator(t->text)
		    : t->kind != TOKEN_SIGN  ? '\0'
		    : t->c == ',' || t->c == ';' || t->c == 'w' ? ','
		    : t->c == 'v' ? 'o' : '\0';
		if (word == '\0')
			return c;
		/* One comma, perhaps with a word behind it: "2, and 3". */
		if (c != '\0' && t->kind == TOKEN_SIGN)
			return c;
		c = word;
		g->at++;
	}
}

struct mathnode *
mathgrammar_list(struct mathgrammar *g)
{
	struct mathnode *a = mathgrammar_relation(g), *list;
	char c;

	if (a == NULL || (c = separator(g)) == '\0')
		return a;
	list = mathnode_new(g->w, NODE_LIST, a, NULL);
	if (list == NULL)
		return NULL;
	list->id = ',';
	for (; c != '\0'; c = separator(g)) {
		if (c == 'o')
			list->id = 'o';
		if ((a = mathgrammar_relation(g)) == NULL)
			return NULL;
		mathnode_add(list, a);
	}
	return list;
}

/* A choice's letter at ${at}; '\0' for other tokens. */
static char
choice_letter(const struct mathgrammar *g, size_t ahead)
{
	const struct mathtoken *t = mathgrammar_peek(g, ahead);

	if ((t->kind != TOKEN_LETTER && t->kind != TOKEN_TEXT) ||
	    t->text.length != 1 || t->text.data[0] < 'A' ||
	    t->text.data[0] > 'J')
		return '\0';
	return t->text.data[0];
}

static char
bracketed_letter(const struct mathgrammar *g, size_t ahead)
{
	if (!mathgrammar_sign(g, ahead, '(') ||
	    !mathgrammar_sign(g, ahead + 2, ')'))
		return '\0';
	return choice_letter(g, ahead + 1);
}

/* The tokens of "(B)", "B)", "B." or "B:" in front of a value; 0: none. */
static size_t
choice_length(const struct mathgrammar *g, char *letter)
{
	size_t n = 3;
	const struct mathtoken *next;

	if ((*letter = bracketed_letter(g, 0)) == '\0') {
		*letter = choice_letter(g, 0);
		n = 2;
		/* "B. 27" inside \text: the stop is in the word. */
		next = mathgrammar_peek(g, 0);
		if (next->kind == TOKEN_TEXT && next->text.length == 2 &&
		    next->text.data[1] == '.' && g->at + 1 < g->end &&
		    next->text.data[0] >= 'A' && next->text.data[0] <= 'J') {
			*letter = next->text.data[0];
			return 1;
		}
		if (*letter == '\0' || (!mathgrammar_sign(g, 1, ')') &&
		    !((mathgrammar_sign(g, 1, '.') ||
		    mathgrammar_sign(g, 1, ':')) &&
		    mathgrammar_peek(g, 2)->space)))
			return 0;
		if (g->at + n == g->end && !mathgrammar_sign(g, 1, ')'))
			return 0;
	}
	next = mathgrammar_peek(g, n);
	if (next->kind == TOKEN_END)
		return n == 2 ? n : 0;
	if (next->kind == TOKEN_SIGN && span_in("+*/^_=<>lgniPMUAD,;!|)'",
	    next->c))
		return 0;
	return n;
}

static struct mathnode *
choice(struct mathgrammar *g, size_t length, char letter)
{
	struct mathnode *choice, *value;
	size_t i;

	g->at += length;
	for (i = 0; g->at + i < g->end; i++)
		if (bracketed_letter(g, i) != '\0')
			return mathgrammar_fail(g); /* two choices are none */
	choice = mathnode_new(g->w, NODE_CHOICE, NULL, NULL);
	if (choice == NULL)
		return NULL;
	choice->id = letter;
	if (g->at == g->end)
		return choice;
	value = mathgrammar_list(g);
	if (value != NULL && g->at == g->end) {
		mathnode_add(choice, value);
	} else if (g->w->failure == MATHWORK_UNREADABLE) {
		g->w->failure = MATHWORK_FINE; /* words that explain it */
	}
	g->at = g->end;
	return choice;
}

struct mathnode *
mathparse(struct mathwork *w, const struct mathtoken *row, size_t count,
    int units)
{
	struct mathgrammar g = {.w = w, .row = row, .end = count,
	    .units = units};
	struct mathnode *n;
	size_t length;
	char letter;

	if (count == 0)
		return mathgrammar_fail(&g);
	length = choice_length(&g, &letter);
	n = length > 0 ? choice(&g, length, letter) : mathgrammar_list(&g);
	if (n != NULL && (g.at != g.end || g.digit != 0))
		return mathgrammar_fail(&g);
	return n;
}
