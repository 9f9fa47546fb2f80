#ifndef SCORE_RULES_H
#define SCORE_RULES_H

#include "lib/score/answer.h"

/*
 * The rules that -r names, each with a weight.  A rule is "auto", "gsm8k",
 * "math", "exact", "choice" or "regex:RE"; "=WEIGHT" may follow, a finite
 * number (1 when it is left off).  "auto" takes gsm8k for a source that begins
 * with "gsm8k" or "svamp", math for one that begins with "math" or "MATH", else
 * exact.
 */
struct rules;

/* Parse ${count} specifications (0 means "auto"); NULL on error
 * (STATUS_USAGE).  ${strict} makes gsm8k want "####". */
struct rules *rules_new(const char *const *specs, size_t count, int strict,
    struct error *err);
void rules_free(struct rules *r);

struct rules_input {
	struct span response;
	struct span answer;
	struct span source; /* data NULL when the record has none */
};

/* Zero-initialise; free with rules_clear. */
struct rules_result {
	double reward;        /* sum of the accepting rules' weights */
	int correct;          /* the first rule's verdict */
	struct answer answer; /* what the first rule found */
	struct buffer scorer; /* who judged: "gsm8k-strict+math=0.5" */
};

/* Judge one response: 0, or -1 (STATUS_DATA naming the field,
 * STATUS_INTERNAL). */
int rules_judge(const struct rules *r, const struct rules_input *in,
    struct rules_result *out, struct error *err);

void rules_clear(struct rules_result *out);

#endif
