/* Mathematical answers: the last box, or a plain statement. */
#include "lib/score/mathanswer.h"

#include "lib/score/boxed.h"
#include "lib/score/mathform.h"
#include "lib/score/think.h"

/* The stated value: between dollar signs where it begins with one. */
static struct span
unquote(struct span s)
{
	struct span rest;
	size_t end;

	if (!span_begins(s, "$"))
		return s;
	rest = span_strip(s, "$");
	end = span_find(rest, "$");
	return end == SPAN_NONE ? rest : s;
}

/* What the response answers, and where; 1, or 0 when it does not. */
static int
extract(struct span final, struct span *latex, size_t *from)
{
	int rc;

	if (final.data == NULL)
		return 0;
	rc = boxed_last(final, latex, from);
	if (rc == 0) {
		*latex = unquote(answer_stated(final, from));
		rc = latex->data != NULL;
	}
	return rc == 1;
}

static int
describe(const struct mathform *f, struct answer *a, size_t at,
    struct error *err)
{
	if (answer_set(a, (struct span){f->text.data, f->text.length}, at,
	    err) != 0)
		return -1;
	if (f->percent && buffer_add(&a->text, "%", 1) != 0)
		return error_set(err, STATUS_INTERNAL, "out of memory");
	return 0;
}

int
mathanswer_judge(struct span response, struct span gold, struct answer *a,
    struct error *err)
{
	struct mathform truth = {0}, given = {0};
	struct span final = think_final(response), latex;
	size_t from;
	int rc;

	answer_reset(a, response.length);
	if (boxed_last(gold, &latex, &from) == 1)
		gold = latex;
	rc = mathform_make(gold, &truth);
	if (rc == 0)
		rc = error_set(err, STATUS_DATA,
		    "answer: empty, or nested too deeply");
	else if (rc < 0)
		error_set(err, STATUS_INTERNAL, "out of memory");
	if (rc < 0 || !extract(final, &latex, &from)) {
		rc = rc < 0 ? -1 : 0;
		goto out;
	}
	from += (size_t)(final.data - response.data);
	rc = mathform_make(latex, &given);
	if (rc == 1 && describe(&given, a, from, err) != 0)
		goto bad;
	if (rc == 1)
		rc = mathform_equal(&truth, &given);
	if (rc < 0)
		error_set(err, STATUS_INTERNAL, "out of memory");
	goto out;
bad:
	rc = -1;
out:
	mathform_free(&truth);
	mathform_free(&given);
	return rc;
}
