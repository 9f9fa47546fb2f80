#ifndef TOOLS_PROMPTS_H
#define TOOLS_PROMPTS_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/io/tool.h"

/* A prompt as it was read, and where. */
struct prompt_record {
	json_t *record;
	const char *file; /* the tool's */
	size_t line;
};

/* All prompts of a tool's input. */
struct prompts {
	struct prompt_record *list;
	size_t count, capacity;
};

/*
 * prompts_read(p, t, err):
 * Read all of ${t}'s input into the zeroed ${p}; each has an id of its own.
 * Returns 0, or -1 (STATUS_DATA naming file, line and field, or what reading
 * said).  Free with prompts_free, after an error too.
 */
int prompts_read(struct prompts *p, struct tool *t, struct error *err);
void prompts_free(struct prompts *p);

/* The prompt's id: checked by prompts_read. */
const char *prompts_id(const struct prompts *p, size_t i);

#endif
