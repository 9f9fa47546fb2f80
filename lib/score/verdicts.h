#ifndef SCORE_VERDICTS_H
#define SCORE_VERDICTS_H

#include "lib/score/answer.h"
#include "lib/score/mathequal.h"

/*
 * Three verdicts on the same response, whatever it is rewarded by, so that it
 * can be seen whether a rising reward is format or reasoning: 1, 0, or
 * VERDICTS_NONE where the ground truth is not of the kind.
 */
#define VERDICTS_NONE (-1)
#define VERDICTS_UNKNOWN (-2)

struct verdicts {
	int strict;   /* gsm8k_judge, strict: the number behind "####" */
	int flexible; /* gsm8k_judge, not strict */
	int boxed;    /* mathanswer_judge, and it is in a box */
};

/* Fill in ${v}, `boxed` only if it is VERDICTS_UNKNOWN.  0, or -1
 * (STATUS_TEMPFAIL). */
int verdicts_judge(struct span response, struct span gold,
    const struct mathequal_options *o, struct verdicts *v,
    struct error *err);

/* What `boxed` is where mathanswer_judge found ${a} and returned ${rc}. */
int verdicts_boxed(const struct answer *a, int rc);

#endif
