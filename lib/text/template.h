#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/*
 * How a question becomes a prompt: chatml (Qwen2, Qwen3, SmolLM2), llama3,
 * plain (the text as it is), or a file with `{question}`.
 */
struct template;

/* A turn of a conversation; borrowed, need not be NUL-terminated. */
struct template_message {
	const char *role; /* "system", "user" or "assistant" */
	const char *content;
	size_t length;    /* of the content */
};

/*
 * template_open(name, dir, err):
 * ${name}: "chatml", "llama3", "plain", or the path of a file that holds
 * `{question}` (and perhaps `{system}`), used byte for byte; NULL takes what
 * ${dir}/chat_template.jinja, or else the chat_template in
 * ${dir}/tokenizer_config.json, is: chatml or llama3, and plain if the
 * checkpoint has none.  The default system prompt
 * is the checkpoint's if its chat_template is of the same kind.  ${dir} may
 * be NULL if ${name} is not.  Returns NULL with STATUS_NOINPUT (no such
 * file), STATUS_DATA (no `{question}` in the file; a chat_template that is
 * none of ours) or STATUS_TEMPFAIL.
 */
struct template *template_open(const char *name, const char *dir,
    struct error *err);

/* template_open(NULL, dir, err). */
struct template *template_from_checkpoint(const char *dir, struct error *err);

void template_close(struct template *t);

/* "chatml", "llama3", "plain" or "file". */
const char *template_name(const struct template *t);

/*
 * The flags for tokenizer_encode on what this template renders: chat formats
 * and files spell out their begin-of-text token, plain leaves it to the
 * post-processor.
 */
unsigned template_flags(const struct template *t);

/*
 * template_render(t, system, instruction, question, out, err):
 * Append the prompt to ${out}, the header of the assistant's turn included.
 * ${system} NULL means the template's default (transformers'
 * apply_chat_template); "" gives an empty system turn.  ${instruction} (or
 * NULL) follows the question after a space, or directly if it begins with
 * white space.  plain puts the system text first, an empty line behind it.
 * Returns 0 or -1 (STATUS_TEMPFAIL: out of memory).
 */
int template_render(const struct template *t, const char *system,
    const char *instruction, const char *question, struct buffer *out,
    struct error *err);

/*
 * template_render_messages(t, messages, count, system, instruction, out, err):
 * The same for a conversation.  ${system} is used where the messages do not
 * begin with a system turn; ${instruction} goes behind the last user turn.
 * plain joins the contents by empty lines; a file takes the last user turn
 * as the question and nothing else.  Returns 0, or -1 (STATUS_DATA: an
 * unknown role, or no user turn; STATUS_TEMPFAIL: out of memory).
 */
int template_render_messages(const struct template *t,
    const struct template_message *messages, size_t count, const char *system,
    const char *instruction, struct buffer *out, struct error *err);

#endif
