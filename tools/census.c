/* What to tell who trains on answers that can't be scored. */
#include "tools/census.h"

#include <stdio.h>
#include <string.h>

#define ENOUGH 100

enum cause { GOLD, THINKING, TRUNCATED, UNCLOSED, EMPTY, NEGATED, ABSENT,
	AMBIGUOUS, TIMEOUT, UNPARSABLE };

static const char *const causes[CENSUS_CAUSES] = {
	[GOLD] = "have a ground truth that can't be read",
	[THINKING] = "never end their thinking (is --max-response too small?)",
	[TRUNCATED] = "were cut off by --max-response (finish: length)",
	[UNCLOSED] = "have a box that never closes",
	[EMPTY] = "have an empty box or ####",
	[NEGATED] = "say only what the answer is not",
	[ABSENT] = ("state no answer (does the prompt ask for \\boxed{}, "
	    "or for ####?)"),
	[AMBIGUOUS] = "offer several answers",
	[TIMEOUT] = "took too long to judge",
	[UNPARSABLE] = "have an answer that can't be read",
};

static enum cause
cause(const struct judge_note *note)
{
	if (note->status == ANSWER_TIMEOUT)
		return TIMEOUT;
	if (note->status == ANSWER_AMBIGUOUS)
		return AMBIGUOUS;
	if (note->status == ANSWER_UNPARSABLE)
		return note->how == ANSWER_GOLD ? GOLD : UNPARSABLE;
	if (note->how == ANSWER_THINKING)
		return THINKING;
	if (note->truncated)
		return TRUNCATED;
	if (note->how == ANSWER_UNCLOSED)
		return UNCLOSED;
	if (note->how == ANSWER_EMPTY)
		return EMPTY;
	return note->how == ANSWER_NEGATED ? NEGATED : ABSENT;
}

void
census_add(struct census *c, const struct judge_note *note)
{
	c->records++;
	if (note->status == ANSWER_OK)
		return;
	c->bad++;
	c->cause[cause(note)]++;
}

int
census_warning(const struct census *c, double most, char *text, size_t size)
{
	size_t count[CENSUS_CAUSES], i, best, n;
	const char *before = ": ";

	if (c->records < ENOUGH || (double)c->bad <= most * (double)c->records)
		return 0;
	memcpy(count, c->cause, sizeof(count));
	n = (size_t)snprintf(text, size, "WARNING: %zu of %zu records have no "
	    "answer that could be scored", c->bad, c->records);
	for (;; before = "; ") {
		for (best = i = 0; i < CENSUS_CAUSES; i++)
			if (count[i] > count[best])
				best = i;
		if (count[best] == 0 || n >= size)
			return 1;
		n += (size_t)snprintf(text + n, size - n, "%s%zu %s", before,
		    count[best], causes[best]);
		count[best] = 0;
	}
}
