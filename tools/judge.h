#ifndef TOOLS_JUDGE_H
#define TOOLS_JUDGE_H

#include <jansson.h>

#include "lib/base/options.h"
#include "lib/score/rules.h"
#include "tools/coprocess.h"

/* How empg-score judges a record; what its command line says. */
struct judge_settings {
	struct option_list rules;
	struct rules_options options;
	double format_reward;
	double overlong[2];  /* limit and soft part, in tokens; 0: off */
	const char *command; /* for the rule of that name, or NULL */
	double timeout;      /* of one answer of the command, in seconds */
	int model;           /* a reward model's score comes with each record */
	int sigmoid;         /* it is a logit whose probability is wanted */
};

/* What value models say of a record. */
struct appraisal {
	double score;        /* for the rule "model" */
	float *values;       /* (count) for the field, or NULL */
	size_t count;
};

/* One thread's judge. */
struct judge;

/* What became of a record, for census.h. */
struct judge_note {
	enum answer_status status;
	enum answer_how how;
	int truncated; /* `finish` is "length" */
};

/* NULL on error (STATUS_USAGE).  ${s} is borrowed. */
struct judge *judge_new(const struct judge_settings *s, struct error *err);
void judge_free(struct judge *j);

/*
 * judge_record(j, record, appraisal, note, err):
 * Set the fields of empg-score(1) in ${record}: 0, or -1 (STATUS_DATA naming
 * the field, or what the command did; STATUS_UNAVAILABLE: the command can't
 * be run; STATUS_TEMPFAIL; 128 + N: signal N came while the command worked).
 */
int judge_record(struct judge *j, json_t *record,
    const struct appraisal *appraisal, struct judge_note *note,
    struct error *err);

#endif
