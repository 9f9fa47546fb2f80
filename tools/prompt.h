#ifndef TOOLS_PROMPT_H
#define TOOLS_PROMPT_H

#include <stdint.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/text/ids.h"
#include "lib/text/template.h"
#include "lib/text/tokenizer.h"

/* How records become prompt tokens, in every tool that needs these. */
struct prompt {
	/* Targets of PROMPT_OPTIONS. */
	const char *template_name; /* NULL: the checkpoint's */
	const char *system;        /* NULL: the template's default */
	const char *instruction;   /* NULL: none */
	/* Filled in by prompt_open. */
	struct tokenizer *tokenizer;
	struct template *template;
};

#define PROMPT_OPTIONS(p) \
	{.name = "template", .type = OPTION_STRING, \
	    .target = &(p)->template_name, .arg = "NAME|FILE", \
	    .fallback = "the checkpoint's", \
	    .help = "chatml, llama3, plain, or a file with {question}"}, \
	{.name = "system", .type = OPTION_STRING, .target = &(p)->system, \
	    .arg = "TEXT", .fallback = "the template's", \
	    .help = "system text"}, \
	{.name = "instruction", .type = OPTION_STRING, \
	    .target = &(p)->instruction, .arg = "TEXT", \
	    .help = "text appended to the question"}

/* Load tokenizer and template of a checkpoint directory; 0 or -1. */
int prompt_open(struct prompt *p, const char *dir, struct error *err);
void prompt_close(struct prompt *p);

/*
 * prompt_encode(p, record, out, err):
 * Append the tokens of the record's `prompt` (raw text), or else its
 * `messages`, or else its `question` (both through the template).  Returns 0,
 * or -1 (STATUS_DATA naming the field).
 */
int prompt_encode(struct prompt *p, const json_t *record, struct ids *out,
    struct error *err);

/* 0 if a model of ${vocab} tokens has all of them, else -1 (STATUS_DATA). */
int prompt_check(const struct ids *tokens, size_t vocab, struct error *err);

/* A counter-based generator's key for a prompt: FNV-1a of its id. */
uint64_t prompt_key(const char *id);

#endif
