#ifndef TEXT_STAGE_H
#define TEXT_STAGE_H

#include <jansson.h>

#include "lib/base/error.h"

/* A stage of tokenizer.json: an object with a type, or a Sequence of such. */
struct stage {
	const char *name; /* its own field: "normalizer" */
	const char *list; /* a Sequence's: "normalizers" */
	/* Takes an object of any type but Sequence: 0, or -1. */
	int (*take)(void *context, const char *type, const json_t *json,
	    struct error *err);
};

/*
 * stage_read(s, json, context, err):
 * Take ${json}, or in a Sequence all that is in it, in order.  Returns 0, or -1
 * (STATUS_DATA, or what take said).
 */
int stage_read(const struct stage *s, const json_t *json, void *context,
    struct error *err);

#endif
