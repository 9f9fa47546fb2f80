/* Scalars as text. */
#include "lib/score/mathwriter.h"

#include <ctype.h>

#include "lib/score/mathcommand.h"

/* A number that stood there in full. */
static void
large(struct mathwriter *p, const struct mathnode *n)
{
	char *text = fmpq_get_str(NULL, 10, n->value);

	mathwriter_put(p, text);
	flint_free(text);
}

/* In parentheses unless it is one thing. */
static void
factor(struct mathwriter *p, const struct mathnode *n)
{
	int open = n->kind == NODE_SUM || n->kind == NODE_NEGATIVE ||
	    n->kind == NODE_PRODUCT || n->kind == NODE_PM ||
	    (n->kind == NODE_NUMBER && (fmpq_sgn(n->value) < 0 ||
	    !fmpz_is_one(fmpq_denref(n->value))));

	mathwriter_enclosed(p, open ? "(" : "", n, open ? ")" : "");
}

static char
last(const struct mathwriter *p)
{
	return p->out->length > 0 ? p->out->data[p->out->length - 1] : '\0';
}

static void
sum(struct mathwriter *p, const struct mathnode *n)
{
	const struct mathnode *c;
	struct buffer term = {0}, *out = p->out;

	for (c = n->child; c != NULL; c = c->next) {
		p->out = &term;
		mathwriter_node(p, c);
		p->out = out;
		if (c != n->child && c->kind != NODE_PM &&
		    (term.length == 0 || term.data[0] != '-'))
			mathwriter_put(p, "+");
		mathwriter_span(p, (struct span){term.data, term.length});
		buffer_clear(&term);
	}
	buffer_free(&term);
}

static void
product(struct mathwriter *p, const struct mathnode *n)
{
	const struct mathnode *c;
	struct buffer term = {0}, *out = p->out;
	char next;

	for (c = n->child; c != NULL; c = c->next) {
		p->out = &term;
		if (n->kind == NODE_PRODUCT && c->kind != NODE_PRODUCT)
			factor(p, c);
		else
			mathwriter_node(p, c);
		p->out = out;
		next = term.length > 0 ? term.data[0] : '\0';
		if (c != n->child && isdigit((unsigned char)next))
			mathwriter_put(p, "*");
		else if (isalpha((unsigned char)last(p)) &&
		    isalpha((unsigned char)next))
			mathwriter_put(p, " ");
		mathwriter_span(p, (struct span){term.data, term.length});
		buffer_clear(&term);
	}
	buffer_free(&term);
}

static void
function(struct mathwriter *p, const struct mathnode *n)
{
	const char *name = mathcommand_function(n->kind == NODE_LOG
	    ? FUNCTION_LOG : n->id);

	p->angle++;
	mathwriter_put(p, "\\");
	mathwriter_put(p, name);
	if (n->kind == NODE_LOG) {
		mathwriter_enclosed(p, "_{", n->last, "}");
		mathwriter_enclosed(p, "(", n->child, ")");
	} else {
		mathwriter_put(p, "(");
		mathwriter_row(p, n, ",", 0);
		mathwriter_put(p, ")");
	}
	p->angle--;
}

/* Constants, and what encloses its only child: 1 when written. */
static int
simple(struct mathwriter *p, const struct mathnode *n)
{
	static const struct {
		enum mathnode_kind kind;
		const char *before, *after;
	} table[] = {
		{NODE_PI, "\\pi", ""}, {NODE_E, "e", ""}, {NODE_I, "i", ""},
		{NODE_INFINITY, "\\infty", ""}, {NODE_ABSOLUTE, "|", "|"},
		{NODE_FLOOR, "\\lfloor ", "\\rfloor"},
		{NODE_CEILING, "\\lceil ", "\\rceil"},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].kind == n->kind) {
			mathwriter_put(p, table[i].before);
			if (n->child != NULL)
				mathwriter_node(p, n->child);
			mathwriter_put(p, table[i].after);
			return 1;
		}
	return 0;
}

/* What has a postfix or a bracketed index. */
static void
powers(struct mathwriter *p, const struct mathnode *n)
{
	if (n->kind == NODE_ROOT) {
		mathwriter_put(p, "\\sqrt");
		if (n->last->kind != NODE_NUMBER ||
		    fmpq_cmp_si(n->last->value, 2) != 0)
			mathwriter_enclosed(p, "[", n->last, "]");
		mathwriter_enclosed(p, "{", n->child, "}");
		return;
	}
	factor(p, n->child);
	if (n->kind == NODE_POWER)
		mathwriter_enclosed(p, "^{", n->last, "}");
	else
		mathwriter_put(p, n->kind == NODE_FACTORIAL ? "!" : "%");
}

static void
numeral(struct mathwriter *p, const struct mathnode *n)
{
	char text[16];

	mathwriter_span(p, n->name);
	mathwriter_put(p, n->id > 9 ? "_{" : "_");
	mathwriter_put(p, fmpz_get_str(text, 10, (fmpz[]){n->id}));
	mathwriter_put(p, n->id > 9 ? "}" : "");
}

void
mathwriter_scalar(struct mathwriter *p, const struct mathnode *n)
{
	if (simple(p, n))
		return;
	switch (n->kind) {
	case NODE_BASED:
		numeral(p, n);
		break;
	case NODE_SUM:
		sum(p, n);
		break;
	case NODE_PRODUCT:
		product(p, n);
		break;
	case NODE_NEGATIVE:
		mathwriter_put(p, "-");
		if (n->child->kind == NODE_SUM)
			factor(p, n->child);
		else
			mathwriter_node(p, n->child);
		break;
	case NODE_QUOTIENT:
	case NODE_BINOMIAL:
		mathwriter_enclosed(p, n->kind == NODE_QUOTIENT ? "\\frac{"
		    : "\\binom{", n->child, "}{");
		mathwriter_enclosed(p, "", n->last, "}");
		break;
	case NODE_POWER:
	case NODE_ROOT:
	case NODE_FACTORIAL:
	case NODE_PERCENT:
		powers(p, n);
		break;
	case NODE_FUNCTION:
	case NODE_LOG:
		function(p, n);
		break;
	case NODE_PM:
		mathwriter_enclosed(p, n->sign == '+' ? "\\pm " : "\\mp ",
		    n->child, "");
		break;
	case NODE_QUANTITY:
		mathwriter_enclosed(p, "", n->child, p->angle ? "^\\circ" : "");
		break;
	case NODE_NUMBER:
		large(p, n);
		break;
	default:
		mathwriter_span(p, n->name);
		break;
	}
}
