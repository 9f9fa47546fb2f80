#ifndef SCORE_MATHEQUAL_H
#define SCORE_MATHEQUAL_H

#include "lib/base/error.h"
#include "lib/score/span.h"

/* What became of an answer: was it read, and was it decided? */
enum math_status {
	MATH_OK,
	MATH_UNPARSABLE, /* not mathematics that we read, nor plain words */
	MATH_TIMEOUT     /* the budget of operations ran out */
};

struct mathequal_options {
	double tolerance; /* relative, of numbers; 0: exact */
};

/*
 * mathequal(gold, given, o, status, err):
 * Whether two answers, LaTeX without \boxed, are the same answer: 1, or 0,
 * which is also the verdict where ${status}, about ${given}, is not MATH_OK.
 * -1 when ${gold} can't be understood (STATUS_DATA) or memory ran out
 * (STATUS_TEMPFAIL).  Symmetric, and 1 for equal texts, read or not.
 */
int mathequal(struct span gold, struct span given,
    const struct mathequal_options *o, enum math_status *status,
    struct error *err);

/* Free what this thread's arithmetic keeps; before a thread ends. */
void mathequal_thread_end(void);

#endif
