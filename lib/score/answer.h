#ifndef SCORE_ANSWER_H
#define SCORE_ANSWER_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/score/span.h"

/* What became of a response's answer.  Only ANSWER_OK can be right. */
enum answer_status {
	ANSWER_OK,         /* found and judged */
	ANSWER_NONE,       /* the response gives none */
	ANSWER_AMBIGUOUS,  /* it offers several where one was asked for */
	ANSWER_TIMEOUT,    /* the judge's budget ran out */
	ANSWER_UNPARSABLE  /* there is one that the rule can't read */
};

/* How the answer was found, or why there is none. */
enum answer_how {
	ANSWER_ABSENT,   /* nothing that the rule looks for */
	ANSWER_BOXED,    /* the last \boxed or \fbox */
	ANSWER_STATED,   /* "the answer is ..." */
	ANSWER_BOLD,     /* a last line in bold type */
	ANSWER_MARK,     /* behind the last "####" */
	ANSWER_NUMBER,   /* the last number */
	ANSWER_WHOLE,    /* the whole of the response */
	ANSWER_MATCH,    /* what a regular expression found */
	ANSWER_COMMAND,  /* what a program found */
	ANSWER_THINKING, /* none: the thinking never ends */
	ANSWER_UNCLOSED, /* none: the last box never closes */
	ANSWER_EMPTY,    /* none: the last box, mark or statement is empty */
	ANSWER_NEGATED,  /* none: "the answer is not ..." */
	ANSWER_GOLD      /* the ground truth itself can't be read */
};

/*
 * What a rule found in a response.  Zero-initialise; `text.data` must be freed
 * with buffer_free.  Every rule is a function
 *     int RULE_judge(response, gold, ..., struct answer *a, err)
 * that fills ${a} and returns 1 (right), 0 (wrong, or no answer found) or -1:
 * STATUS_DATA when the ground truth itself cannot be understood by the rule,
 * STATUS_TEMPFAIL when memory ran out.
 */
struct answer {
	enum answer_status status;
	enum answer_how how;
	int found;          /* `text` holds it, whatever the status */
	struct buffer text; /* the answer in the rule's normal form; as it was
	                     * written where the status is not ANSWER_OK */
	size_t at;          /* where the answer statement begins in the
	                     * response; its length when there is none */
};

/* "ok", "none", "ambiguous", "timeout", "unparsable". */
const char *answer_status_name(enum answer_status status);

/* "boxed", "stated", "####", "last-number", "unclosed-box", ...; NULL for
 * what the rule's name says already (ANSWER_MATCH, ANSWER_COMMAND). */
const char *answer_how_name(enum answer_how how);

/* Empty ${a} for a response of ${length} bytes: ANSWER_NONE, ANSWER_ABSENT. */
void answer_reset(struct answer *a, size_t length);

/* No answer, for the reason ${how}.  Returns 0. */
int answer_none(struct answer *a, enum answer_how how);

/* Record a find: a copy of ${text}, stated at byte ${at}.  0 or -1. */
int answer_set(struct answer *a, struct span text, size_t at,
    enum answer_how how, enum answer_status status, struct error *err);

#endif
