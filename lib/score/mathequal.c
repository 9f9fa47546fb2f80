/* Equality of two answers in LaTeX. */
#include "lib/score/mathequal.h"

#include "lib/score/mathform.h"

int
mathequal(struct span gold, struct span given,
    const struct mathequal_options *o, enum math_status *status,
    struct error *err)
{
	struct mathform a = {0}, b = {0};
	int rc;

	(void)o;
	*status = MATH_OK;
	rc = mathform_make(gold, &a);
	if (rc == 0) {
		rc = error_set(err, STATUS_DATA,
		    "answer: empty, or nested too deeply");
		goto out;
	}
	if (rc == 1)
		rc = mathform_make(given, &b);
	if (rc == 0)
		*status = MATH_UNPARSABLE;
	if (rc == 1)
		rc = mathform_equal(&a, &b);
	if (rc < 0)
		error_set(err, STATUS_INTERNAL, "out of memory");
out:
	mathform_free(&a);
	mathform_free(&b);
	return rc;
}
