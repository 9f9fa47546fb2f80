#ifndef TEXT_CHATTEMPLATE_H
#define TEXT_CHATTEMPLATE_H

#include "lib/base/error.h"

enum chattemplate_kind {
	CHATTEMPLATE_NONE, /* the checkpoint has no chat_template */
	CHATTEMPLATE_CHATML,
	CHATTEMPLATE_LLAMA3
};

/* What we need to know of a checkpoint's chat_template. */
struct chattemplate {
	enum chattemplate_kind kind;
	char *system;      /* the system prompt where none is given, or NULL */
	char *date;        /* Llama 3.1's "Today Date", or NULL: no dates */
	char *bos;         /* bos_token, or NULL */
	int opens_thought; /* the assistant's turn begins with "<think>\n" */
	int drops_thoughts; /* earlier turns lose what is before </think> */
};

/*
 * chattemplate_read(dir, c, err):
 * Recognise ${dir}/chat_template.jinja or else the chat_template in
 * ${dir}/tokenizer_config.json (in a list of them, the one named default).
 * Returns 0, or -1 (STATUS_DATA: it is of no kind known here, or malformed;
 * STATUS_IO; STATUS_TEMPFAIL); free ${c} in either case.
 */
int chattemplate_read(const char *dir, struct chattemplate *c,
    struct error *err);

void chattemplate_free(struct chattemplate *c);

#endif
