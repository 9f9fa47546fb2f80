#ifndef TEXT_POSTPROCESSOR_H
#define TEXT_POSTPROCESSOR_H

#include <jansson.h>

#include "lib/base/error.h"
#include "lib/text/ids.h"

/* What a post-processor puts around a text's ids; zero-initialise it. */
struct postprocessor {
	struct ids before;
	struct ids after;
};

/*
 * postprocessor_read(json, p, err):
 * The "post_processor" of tokenizer.json: null, ByteLevel (which changes no
 * ids), TemplateProcessing, or a Sequence.  Returns 0, or -1 (STATUS_DATA,
 * STATUS_TEMPFAIL); ${p} is to be freed in either case.
 */
int postprocessor_read(const json_t *json, struct postprocessor *p,
    struct error *err);

void postprocessor_free(struct postprocessor *p);

#endif
