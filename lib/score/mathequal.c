/* Equality of two answers: read both, then compare what they mean. */
#include "lib/score/mathequal.h"

#include "lib/score/mathcompare.h"
#include "lib/score/mathcompound.h"
#include "lib/score/mathparse.h"
#include "lib/score/mathtext.h"

struct side {
	struct mathtoken *row;
	size_t count;
	struct mathnode *tree; /* NULL: unreadable */
};

/* 1 when read, as tokens at least; 0 when it failed. */
static int
read_side(struct mathwork *w, struct span text, struct side *s)
{
	s->row = mathtoken_row(w, text, &s->count);
	if (s->row == NULL) {
		/* Not even tokens; it is still a text that could be equal. */
		s->count = 0;
		return 0;
	}
	mathtoken_trim(&s->row, &s->count);
	s->tree = mathparse(w, s->row, s->count, 0);
	if (s->tree == NULL && w->failure == MATHWORK_UNREADABLE)
		w->failure = MATHWORK_FINE;
	return w->failure == MATHWORK_FINE;
}

static int
same_rows(const struct side *a, const struct side *b)
{
	size_t i;

	if (a->count != b->count || a->count == 0)
		return 0;
	for (i = 0; i < a->count; i++)
		if (!mathtoken_same(&a->row[i], &b->row[i]))
			return 0;
	return 1;
}

static int
has_unit(const struct side *s)
{
	return s->tree->kind == NODE_QUANTITY || mathcompound_is(s->tree) ||
	    (s->tree->kind == NODE_RELATION &&
	    s->tree->last->kind == NODE_QUANTITY);
}

/* "5 m" read again with single letters as units, the other side having one. */
static int
with_letters(struct mathwork *w, struct side *a, const struct side *b,
    double tolerance)
{
	struct mathnode *tree;

	if (has_unit(a) || !has_unit(b))
		return 0;
	tree = mathparse(w, a->row, a->count, 1);
	if (tree == NULL) {
		if (w->failure == MATHWORK_UNREADABLE)
			w->failure = MATHWORK_FINE;
		return 0;
	}
	return mathcompare(w, (struct mathvalue){tree, 0},
	    (struct mathvalue){b->tree, 0}, tolerance);
}

static int
decide(struct mathwork *w, struct side *a, struct side *b, double tolerance)
{
	if (a->tree != NULL && b->tree != NULL) {
		if (mathcompare(w, (struct mathvalue){a->tree, 0},
		    (struct mathvalue){b->tree, 0}, tolerance))
			return 1;
		if (w->failure == MATHWORK_FINE &&
		    (with_letters(w, a, b, tolerance) ||
		    with_letters(w, b, a, tolerance)))
			return 1;
	}
	return (a->tree == NULL || b->tree == NULL ||
	    a->tree->kind == NODE_TEXT || b->tree->kind == NODE_TEXT) &&
	    mathtext_plain(a->row, a->count) &&
	    mathtext_plain(b->row, b->count) &&
	    mathtext_same(a->row, a->count, b->row, b->count);
}

static enum math_status
status_of(const struct mathwork *w, const struct side *given)
{
	if (w->failure == MATHWORK_OVER)
		return MATH_TIMEOUT;
	if (given->row == NULL || (given->tree == NULL &&
	    !mathtext_plain(given->row, given->count)))
		return MATH_UNPARSABLE;
	return MATH_OK;
}

int
mathequal(struct span gold, struct span given,
    const struct mathequal_options *o, enum math_status *status,
    struct error *err)
{
	struct mathwork w;
	struct side a = {0}, b = {0};
	int rc = 0;

	*status = MATH_OK;
	gold = span_trim(gold);
	given = span_trim(given);
	if (gold.length == 0)
		return error_set(err, STATUS_DATA, "answer: empty");
	if (span_equal(gold, given))
		return 1;
	mathwork_init(&w);
	if (!read_side(&w, gold, &a) && w.failure != MATHWORK_UNREADABLE) {
		rc = w.failure == MATHWORK_MEMORY
		    ? error_set(err, STATUS_TEMPFAIL, "out of memory")
		    : error_set(err, STATUS_DATA, "answer: too large");
		goto out;
	}
	w.failure = MATHWORK_FINE;
	if (read_side(&w, given, &b) && a.row != NULL)
		rc = same_rows(&a, &b) || decide(&w, &a, &b,
		    o == NULL ? 0 : o->tolerance);
	*status = rc ? MATH_OK : status_of(&w, &b);
	if (w.failure == MATHWORK_MEMORY)
		rc = error_set(err, STATUS_TEMPFAIL, "out of memory");
out:
	mathwork_clear(&w);
	return rc;
}

void
mathequal_thread_end(void)
{
	flint_cleanup();
}
