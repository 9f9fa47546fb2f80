#ifndef SCORE_RULES_H
#define SCORE_RULES_H

#include "lib/score/answer.h"
#include "lib/score/verdicts.h"

/*
 * The rules that -r names, each with a weight.  A rule is "auto", "gsm8k",
 * "math", "exact", "choice", "command", "model" or "regex:RE"; "=WEIGHT" may
 * follow, a finite number (1 when it is left off).  "auto" takes gsm8k for a
 * source that, behind its last slash, begins with "gsm8k" or "svamp", math for
 * one that begins with "math" or "MATH", else exact.  One `struct rules` serves
 * one thread.
 */
struct rules;

struct rules_options {
	int strict;                    /* gsm8k wants "####" */
	struct mathequal_options math;
};

/* Parse ${count} specifications (0 means "auto"); NULL on error
 * (STATUS_USAGE). */
struct rules *rules_new(const char *const *specs, size_t count,
    const struct rules_options *o, struct error *err);
void rules_free(struct rules *r);

/* Whether "command" is among them. */
int rules_command(const struct rules *r);

/* Whether "model" is. */
int rules_model(const struct rules *r);

/* Whether a rule compares with the ground truth: all but "model" do. */
int rules_compare(const struct rules *r);

/* What a program says of a response. */
struct rules_opinion {
	double reward;
	int correct;
	enum answer_status status;
	struct span extracted; /* data NULL: none */
};

struct rules_input {
	struct span response;
	struct span answer; /* data NULL: none, if no rule compares */
	struct span source; /* data NULL when the record has none */
	int thinking;       /* the prompt opened <think> already */
	const struct rules_opinion *opinion; /* NULL without "command" */
	double score;       /* the reward model's logit, for "model" */
	int sigmoid;        /* which counts as a probability */
};

/* Zero-initialise; free with rules_clear. */
struct rules_result {
	double reward;        /* sum of the accepting rules' weights, and of
	                       * what a command or a model gives, weighted */
	int correct;          /* the first rule's verdict */
	struct answer answer; /* what the first rule found */
	struct buffer scorer; /* who judged, and how each found its answer:
	                       * "gsm8k-strict:####+math:boxed=0.5" */
	struct verdicts verdicts;
};

/* Judge one response: 0, or -1 (STATUS_DATA naming the field,
 * STATUS_TEMPFAIL). */
int rules_judge(const struct rules *r, const struct rules_input *in,
    struct rules_result *out, struct error *err);

void rules_clear(struct rules_result *out);

#endif
