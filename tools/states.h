#ifndef TOOLS_STATES_H
#define TOOLS_STATES_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/model/config.h"
#include "lib/text/ids.h"

/* A record's prompt and response for a value model; zero-initialise it. */
struct states {
	struct ids tokens;
	size_t prompt; /* the first ones, given */
};

/* Read prompt_tokens and response_tokens; -1 with STATUS_DATA. */
int states_read(struct states *s, const json_t *record, struct error *err);

/* Whether a model can read the tokens; -1 with STATUS_DATA. */
int states_check(const struct states *s, const struct config *c,
    struct error *err);

void states_free(struct states *s);

#endif
