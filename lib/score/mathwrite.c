/* The expression tree as text. */
#include "lib/score/mathwrite.h"

#include <stdlib.h>
#include <string.h>

#include "lib/score/mathexact.h"
#include "lib/score/mathparse.h"
#include "lib/score/mathscalar.h"
#include "lib/score/mathwriter.h"

#define BITS 256 /* results beyond are left as they were written */

void
mathwriter_put(struct mathwriter *p, const char *s)
{
	p->failed |= buffer_add_string(p->out, s) != 0;
}

void
mathwriter_span(struct mathwriter *p, struct span s)
{
	p->failed |= s.length > 0 &&
	    buffer_add(p->out, s.data, s.length) != 0;
}

/* The rational value of what has one; 1 when written. */
static int
number(struct mathwriter *p, const struct mathnode *n)
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
		mathwriter_put(p, fmpq_get_str(text, 10, q));
	fmpq_clear(q);
	return rc;
}

static int
sorts_before(const struct buffer *a, const struct buffer *b)
{
	return strcmp(a->data ? a->data : "", b->data ? b->data : "") < 0;
}

/* Children between separators; sorted if they have no order. */
void
mathwriter_row(struct mathwriter *p, const struct mathnode *n,
    const char *between, int sorted)
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
		mathwriter_node(p, c);
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
			mathwriter_put(p, n->kind == NODE_MATRIX &&
			    i % (size_t)n->id == 0 ? "\\\\" : between);
		mathwriter_span(p, (struct span){part[i].data, part[i].length});
		buffer_free(&part[i]);
	}
}

void
mathwriter_enclosed(struct mathwriter *p, const char *before,
    const struct mathnode *n, const char *after)
{
	mathwriter_put(p, before);
	mathwriter_node(p, n);
	mathwriter_put(p, after);
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
relation(struct mathwriter *p, const struct mathnode *n)
{
	const struct mathnode *c;

	for (c = n->child; c != NULL; c = c->next)
		mathwriter_enclosed(p, c == n->child ? "" : sign(c->sign), c,
		    "");
}

/* Rows of children; those without order are sorted. */
static int
rows(struct mathwriter *p, const struct mathnode *n)
{
	static const struct {
		enum mathnode_kind kind;
		const char *before, *between, *after;
		int sorted;
	} table[] = {
		{NODE_RATIO, "", ":", "", 0}, {NODE_SET, "\\{", ",", "\\}", 1},
		{NODE_LIST, "", ",", "", 1}, {NODE_UNION, "", "\\cup ", "", 1},
		{NODE_INTERSECTION, "", "\\cap ", "", 1},
		{NODE_DIFFERENCE, "", "\\setminus ", "", 0},
		{NODE_EMPTY, "\\emptyset", "", "", 0},
		{NODE_REALS, "\\mathbb{R}", "", "", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].kind == n->kind) {
			mathwriter_put(p, table[i].before);
			mathwriter_row(p, n, table[i].between, table[i].sorted);
			mathwriter_put(p, table[i].after);
			return 1;
		}
	return 0;
}

static void
put_structure(struct mathwriter *p, const struct mathnode *n)
{
	if (rows(p, n))
		return;
	switch (n->kind) {
	case NODE_TUPLE:
		mathwriter_put(p, n->left == '[' ? "[" : "(");
		mathwriter_row(p, n, ",", 0);
		mathwriter_put(p, n->right == ']' ? "]" : ")");
		break;
	case NODE_MATRIX:
		mathwriter_put(p, n->left == 'v' ? "\\begin{vmatrix}"
		                      : "\\begin{matrix}");
		mathwriter_row(p, n, "&", 0);
		mathwriter_put(p, n->left == 'v' ? "\\end{vmatrix}"
		                                 : "\\end{matrix}");
		break;
	case NODE_RELATION:
		relation(p, n);
		break;
	case NODE_CHOICE:
		mathwriter_put(p, (char[]){(char)n->id, '\0'});
		break;
	default:
		mathwriter_span(p, n->name);
		break;
	}
}

void
mathwriter_node(struct mathwriter *p, const struct mathnode *n)
{
	if (p->failed || number(p, n))
		return;
	if (mathnode_scalar(n))
		mathwriter_scalar(p, n);
	else
		put_structure(p, n);
}

int
mathwrite(struct span latex, struct buffer *out)
{
	struct mathwork w;
	struct mathwriter p = {.w = &w, .out = out};
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
		mathwriter_node(&p, n);
		rc = !p.failed && w.failure == MATHWORK_FINE;
	}
	if (rc == 0 && out->length > before)
		out->data[out->length = before] = '\0';
	if (w.failure == MATHWORK_MEMORY)
		rc = -1;
	mathwork_clear(&w);
	return rc;
}
