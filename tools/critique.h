#ifndef TOOLS_CRITIQUE_H
#define TOOLS_CRITIQUE_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/io/jsonl.h"
#include "tools/engine.h"
#include "tools/judge.h"

/*
 * Records on their way to the judges, and what value models say of them: a
 * reward model's score, and the values of the response's tokens.  They are read
 * some hundred at a time, so that the models have enough to do at once.
 */
struct critique;

/* Targets of empg-score's options. */
struct critique_settings {
	const char *reward_model, *values; /* directories, or NULL */
	struct engine engine;
	size_t micro_tokens;
};

/* NULL on error; ${s} and ${reader} are borrowed. */
struct critique *critique_open(const struct critique_settings *s,
    struct jsonl_reader *reader, struct error *err);
void critique_close(struct critique *c);

/* A line of the input, not yet parsed. */
struct critique_line {
	struct buffer text;
	const char *file; /* where it is from */
	size_t line;
	int end; /* an end record */
	/* What is said of it; who takes it owns appraisal.values. */
	struct appraisal appraisal;
	int failed;       /* with `err`: it has no tokens that can be read */
	struct error err;
};

/*
 * critique_next(c, line, most, err):
 * The next line that is not empty, borrowed until the next call: 1; 0 at the
 * end; -1 with what ended the reading, behind all that was read.  No more than
 * ${most} lines are read ahead.
 */
int critique_next(struct critique *c, struct critique_line **line, size_t most,
    struct error *err);

#endif
