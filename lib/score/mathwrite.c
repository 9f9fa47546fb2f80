/* The expression tree as text. */
#include "lib/score/mathwrite.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/score/mathcommand.h"
#include "lib/score/mathexact.h"
#include "lib/score/mathparse.h"
#include "lib/score/mathscalar.h"

#define BITS 256 /* results beyond are left as they were written */

struct writer {
	struct mathwork *w;
	struct buffer *out;
	int failed;
	int angle; /* inside a function: degrees are written */
};

static void put_node(struct writer *p, const struct mathnode *n);

static void
put(struct writer *p, const char *s)
{
	p->failed |= buffer_add_string(p->out, s) != 0;
}

static void
put_span(struct writer *p, struct span s)
{
	p->failed |= s.length > 0 &&
	    buffer_add(p->out, s.data, s.length) != 0;
}

/* The rational value of what has one; 1 when written. */
static int
number(struct writer *p, const struct mathnode *n)
{
	static const struct mathpoint nowhere;
	char text[2 * BITS];
	fmpq_t q;
	int rc;

	if (n->kind >= NODE_PERCENT || n->kind == NODE_BASED ||
	    (n->kind == NODE_NEGATIVE && n->child->kind == NODE_BASED) ||
	    !mathscalar_constant(n))
		return 0;
	fmpq_init(q);
	rc = mathexact(p->w, n, &nowhere, q) == MATHPOINT_VALUE &&
	    fmpz_bits(fmpq_numref(q)) <= BITS &&
	    fmpz_bits(fmpq_denref(q)) <= BITS;
	if (rc)
		put(p, fmpq_get_str(text, 10, q));
	fmpq_clear(q);
	return rc;
}

/* A number that stood there in full. */
static void
large(struct writer *p, const struct mathnode *n)
{
	char *text = fmpq_get_str(NULL, 10, n->value);

	put(p, text);
	flint_free(text);
}

static int
sorts_before(const struct buffer *a, const struct buffer *b)
{
	return strcmp(a->data ? a->data : "", b->data ? b->data : "") < 0;
}

/* Children between separators; sorted if they have no order. */
static void
row(struct writer *p, const struct mathnode *n, const char *between,
    int sorted)
{
	struct buffer *out = p->out, *part, swap;
	const struct mathnode *c;
	size_t i, j, count = 0;

	part = mathwork_alloc(p->w, n->count * sizeof(*part));
	if (part == NULL || mathwork_spend(p->w, n->count * n->count) != 0) {
		p->failed = 1;
		return;
	}
	for (c = n->child; c != NULL; c = c->next) {
		p->out = &part[count++];
		put_node(p, c);
	}
	p->out = out;
	for (i = 1; sorted && i < count; i++)
		for (j = i; j > 0 && sorts_before(&part[j], &part[j - 1]);
		    j--) {
			swap = part[j];
			part[j] = part[j - 1];
			part[j - 1] = swap;
		}
	for (i = 0; i < count; i++) {
		if (i > 0)
			put(p, n->kind == NODE_MATRIX &&
			    i % (size_t)n->id == 0 ? "\\\\" : between);
		put_span(p, (struct span){part[i].data, part[i].length});
		buffer_free(&part[i]);
	}
}

static void
enclosed(struct writer *p, const char *before, const struct mathnode *n,
    const char *after)
{
	put(p, before);
	put_node(p, n);
	put(p, after);
}

/* In parentheses unless it is one thing. */
static void
factor(struct writer *p, const struct mathnode *n)
{
	int open = n->kind == NODE_SUM || n->kind == NODE_NEGATIVE ||
	    n->kind == NODE_PRODUCT || n->kind == NODE_PM ||
	    (n->kind == NODE_NUMBER && (fmpq_sgn(n->value) < 0 ||
	    !fmpz_is_one(fmpq_denref(n->value))));

	enclosed(p, open ? "(" : "", n, open ? ")" : "");
}

static char
last(const struct writer *p)
{
	return p->out->length > 0 ? p->out->data[p->out->length - 1] : '\0';
}

static void
sum(struct writer *p, const struct mathnode *n)
{
	const struct mathnode *c;
	struct buffer term = {0}, *out = p->out;

	for (c = n->child; c != NULL; c = c->next) {
		p->out = &term;
		put_node(p, c);
		p->out = out;
		if (c != n->child && c->kind != NODE_PM &&
		    (term.length == 0 || term.data[0] != '-'))
			put(p, "+");
		put_span(p, (struct span){term.data, term.length});
		buffer_clear(&term);
	}
	buffer_free(&term);
}

static void
product(struct writer *p, const struct mathnode *n)
{
	const struct mathnode *c;
	struct buffer term = {0}, *out = p->out;
	char next;

	for (c = n->child; c != NULL; c = c->next) {
		p->out = &term;
		if (n->kind == NODE_PRODUCT && c->kind != NODE_PRODUCT)
			factor(p, c);
		else
			put_node(p, c);
		p->out = out;
		next = term.length > 0 ? term.data[0] : '\0';
		if (c != n->child && isdigit((unsigned char)next))
			put(p, "*");
		else if (isalpha((unsigned char)last(p)) &&
		    isalpha((unsigned char)next))
			put(p, " ");
		put_span(p, (struct span){term.data, term.length});
		buffer_clear(&term);
	}
	buffer_free(&term);
}

static void
function(struct writer *p, const struct mathnode *n)
{
	const char *name = mathcommand_function(n->kind == NODE_LOG
	    ? FUNCTION_LOG : n->id);

	p->angle++;
	put(p, "\\");
	put(p, name);
	if (n->kind == NODE_LOG) {
		enclosed(p, "_{", n->last, "}");
		enclosed(p, "(", n->child, ")");
	} else {
		put(p, "(");
		row(p, n, ",", 0);
		put(p, ")");
	}
	p->angle--;
}

static const char *
sign(char c)
{
	switch (c) {
	case SIGN_LE:
		return "\\le ";
	case SIGN_GE:
		return "\\ge ";
	case SIGN_NE:
		return "\\ne ";
	case SIGN_IN:
		return "\\in ";
	default:
		return c == '<' ? "<" : c == '>' ? ">" : "=";
	}
}

static void
relation(struct writer *p, const struct mathnode *n)
{
	const struct mathnode *c;

	for (c = n->child; c != NULL; c = c->next)
		enclosed(p, c == n->child ? "" : sign(c->sign), c, "");
}

static void
put_structure(struct writer *p, const struct mathnode *n)
{
	switch (n->kind) {
	case NODE_RATIO:
		row(p, n, ":", 0);
		break;
	case NODE_EMPTY:
		put(p, "\\emptyset");
		break;
	case NODE_REALS:
		put(p, "\\mathbb{R}");
		break;
	case NODE_TUPLE:
		put(p, n->left == '[' ? "[" : "(");
		row(p, n, ",", 0);
		put(p, n->right == ']' ? "]" : ")");
		break;
	case NODE_SET:
		put(p, "\\{");
		row(p, n, ",", 1);
		put(p, "\\}");
		break;
	case NODE_LIST:
		row(p, n, ",", 1);
		break;
	case NODE_UNION:
	case NODE_INTERSECTION:
		row(p, n, n->kind == NODE_UNION ? "\\cup " : "\\cap ", 1);
		break;
	case NODE_DIFFERENCE:
		row(p, n, "\\setminus ", 0);
		break;
	case NODE_MATRIX:
		put(p, n->left == 'v' ? "\\begin{vmatrix}"
		                      : "\\begin{matrix}");
		row(p, n, "&", 0);
		put(p, n->left == 'v' ? "\\end{vmatrix}" : "\\end{matrix}");
		break;
	case NODE_RELATION:
		relation(p, n);
		break;
	case NODE_CHOICE:
		put(p, (char[]){(char)n->id, '\0'});
		break;
	default:
		put_span(p, n->name);
		break;
	}
}

/* Constants, and what encloses its only child: 1 when written. */
static int
simple(struct writer *p, const struct mathnode *n)
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
			put(p, table[i].before);
			if (n->child != NULL)
				put_node(p, n->child);
			put(p, table[i].after);
			return 1;
		}
	return 0;
}

/* What has a postfix or a bracketed index. */
static void
powers(struct writer *p, const struct mathnode *n)
{
	if (n->kind == NODE_ROOT) {
		put(p, "\\sqrt");
		if (n->last->kind != NODE_NUMBER ||
		    fmpq_cmp_si(n->last->value, 2) != 0)
			enclosed(p, "[", n->last, "]");
		enclosed(p, "{", n->child, "}");
		return;
	}
	factor(p, n->child);
	if (n->kind == NODE_POWER)
		enclosed(p, "^{", n->last, "}");
	else
		put(p, n->kind == NODE_FACTORIAL ? "!" : "%");
}

static void
numeral(struct writer *p, const struct mathnode *n)
{
	char text[16];

	put_span(p, n->name);
	put(p, n->id > 9 ? "_{" : "_");
	put(p, fmpz_get_str(text, 10, (fmpz[]){n->id}));
	put(p, n->id > 9 ? "}" : "");
}

static void
put_scalar(struct writer *p, const struct mathnode *n)
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
		put(p, "-");
		if (n->child->kind == NODE_SUM)
			factor(p, n->child);
		else
			put_node(p, n->child);
		break;
	case NODE_QUOTIENT:
	case NODE_BINOMIAL:
		enclosed(p, n->kind == NODE_QUOTIENT ? "\\frac{" : "\\binom{",
		    n->child, "}{");
		enclosed(p, "", n->last, "}");
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
		enclosed(p, n->sign == '+' ? "\\pm " : "\\mp ", n->child, "");
		break;
	case NODE_QUANTITY:
		enclosed(p, "", n->child, p->angle ? "^\\circ" : "");
		break;
	case NODE_NUMBER:
		large(p, n);
		break;
	default:
		put_span(p, n->name);
		break;
	}
}

static void
put_node(struct writer *p, const struct mathnode *n)
{
	if (p->failed || number(p, n))
		return;
	if (mathnode_scalar(n))
		put_scalar(p, n);
	else
		put_structure(p, n);
}

int
mathwrite(struct span latex, struct buffer *out)
{
	struct mathwork w;
	struct writer p = {.w = &w, .out = out};
	size_t count, before = out->length;
	struct mathtoken *tokens;
	struct mathnode *n = NULL;
	int rc = 0;

	mathwork_init(&w);
	tokens = mathtoken_row(&w, span_trim(latex), &count);
	if (tokens != NULL) {
		mathtoken_trim(&tokens, &count);
		n = mathparse(&w, tokens, count, 0);
	}
	if (n != NULL) {
		put_node(&p, n);
		rc = !p.failed && w.failure == MATHWORK_FINE;
	}
	if (rc == 0 && out->length > before)
		out->data[out->length = before] = '\0';
	if (w.failure == MATHWORK_MEMORY)
		rc = -1;
	mathwork_clear(&w);
	return rc;
}
