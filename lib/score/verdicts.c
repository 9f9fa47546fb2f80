/* What the format costs: strict, flexible and boxed verdicts. */
#include "lib/score/verdicts.h"

#include "lib/score/boxed.h"
#include "lib/score/gsm8k.h"
#include "lib/score/mathanswer.h"
#include "lib/score/think.h"

int
verdicts_boxed(const struct answer *a, int rc)
{
	if (a->how == ANSWER_GOLD)
		return VERDICTS_NONE;
	return rc == 1 && a->how == ANSWER_BOXED;
}

static int
boxed(struct span response, struct span gold,
    const struct mathequal_options *o, struct answer *a, int *verdict,
    struct error *err)
{
	struct span content;
	size_t from;
	int rc;

	if (boxed_last(think_final(response), &content, &from) != 1) {
		*verdict = span_trim(gold).length > 0 ? 0 : VERDICTS_NONE;
		return 0;
	}
	rc = mathanswer_judge(response, gold, o, a, err);
	*verdict = rc < 0 ? VERDICTS_NONE : verdicts_boxed(a, rc);
	return rc < 0 ? -1 : 0;
}

int
verdicts_judge(struct span response, struct span gold,
    const struct mathequal_options *o, struct verdicts *v,
    struct error *err)
{
	struct answer a = {0};
	struct error why = {0};
	int rc = gsm8k_judge(response, gold, 0, &a, &why);

	v->strict = rc < 0 ? VERDICTS_NONE : rc && a.how == ANSWER_MARK;
	v->flexible = rc < 0 ? VERDICTS_NONE : rc;
	if ((rc >= 0 || why.status == STATUS_DATA) &&
	    v->boxed == VERDICTS_UNKNOWN)
		rc = boxed(response, gold, o, &a, &v->boxed, &why);
	buffer_free(&a.text);
	if (rc >= 0 || why.status == STATUS_DATA)
		return 0;
	if (err != NULL)
		*err = why;
	return -1;
}
