/* From a prompt record to the tokens that a model reads. */
#include "tools/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "lib/io/field.h"

int
prompt_open(struct prompt *p, const char *dir, struct error *err)
{
	p->tokenizer = tokenizer_open(dir, err);
	if (p->tokenizer == NULL)
		return -1;
	p->template = template_open(p->template_name, dir, err);
	return p->template == NULL ? -1 : 0;
}

void
prompt_close(struct prompt *p)
{
	tokenizer_close(p->tokenizer);
	template_close(p->template);
	p->tokenizer = NULL;
	p->template = NULL;
}

static int
message(struct template_message *m, const json_t *turn, struct error *err)
{
	m->role = field_string(turn, "role", NULL, err);
	if (m->role == NULL)
		return -1;
	m->content = field_string(turn, "content", &m->length, err);
	return m->content == NULL ? -1 : 0;
}

static int
render_messages(struct prompt *p, const json_t *turns, struct buffer *text,
    struct error *err)
{
	size_t n = json_array_size(turns);
	struct template_message *m;
	int r = -1;

	if (n == 0)
		return error_set(err, STATUS_DATA,
		    "messages: expected an array of turns");
	m = calloc(n, sizeof(*m));
	if (m == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	for (size_t i = 0; i < n; i++)
		if (message(&m[i], json_array_get(turns, i), err)) {
			error_prefix(err, "messages[%zu].", i);
			goto out;
		}
	r = template_render_messages(p->template, m, n, p->system,
	    p->instruction, text, err);
out:
	free(m);
	return r;
}

int
prompt_encode(struct prompt *p, const json_t *record, struct ids *out,
    struct error *err)
{
	unsigned flags = TOKENIZER_SPECIAL | TOKENIZER_POSTPROCESS;
	struct buffer text = {0};
	const char *s;
	int r = -1;

	if (field_has(record, "prompt")) {
		size_t length;

		s = field_string(record, "prompt", &length, err);
		if (s != NULL && buffer_add(&text, s, length) == 0)
			r = 0;
	} else {
		flags = template_flags(p->template);
		if (field_has(record, "messages"))
			r = render_messages(p, json_object_get(record,
			    "messages"), &text, err);
		else if ((s = field_string(record, "question", NULL, err)) !=
		    NULL)
			r = template_render(p->template, p->system,
			    p->instruction, s, &text, err);
	}
	if (r == 0)
		r = tokenizer_encode(p->tokenizer, text.data, text.length,
		    flags, out, err);
	buffer_free(&text);
	return r;
}

int
prompt_check(const struct ids *tokens, size_t vocab, struct error *err)
{
	for (size_t i = 0; i < tokens->length; i++)
		if ((size_t)tokens->data[i] >= vocab)
			return error_set(err, STATUS_DATA, "the tokenizer "
			    "gives token %d, the model has %zu",
			    (int)tokens->data[i], vocab);
	return 0;
}

uint64_t
prompt_key(const char *id)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *id != '\0'; id++) {
		hash ^= (unsigned char)*id;
		hash *= 0x100000001b3;
	}
	return hash;
}
