/* Prompts: the formats written out, equal to transformers' rendering. */
#include "lib/text/template.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text/chattemplate.h"
#include "lib/text/jsonfile.h"
#include "lib/text/tokenizer.h"
#include "lib/text/utf8.h"

enum kind {
	CHATML,
	LLAMA3,
	PLAIN,
	FROM_FILE
};

static const char *const names[] = {"chatml", "llama3", "plain", "file"};

struct template {
	enum kind kind;
	struct chattemplate chat; /* the checkpoint's, where it is of ${kind} */
	char *text;               /* the file's */
};

/* What is being rendered. */
struct rendering {
	const struct template *t;
	const struct template_message *messages;
	size_t count;
	const char *system;
	size_t last_user;       /* the last user turn's index */
	struct buffer question; /* its content, the instruction included */
	struct buffer *out;
	int failed;             /* memory ran out */
};

static void
put(struct rendering *r, const char *s, size_t length)
{
	if (length > 0 && buffer_add(r->out, s, length) == -1)
		r->failed = 1;
}

static void
put_string(struct rendering *r, const char *s)
{
	put(r, s, strlen(s));
}

static int
from_checkpoint(struct template *t, const char *dir, struct error *err)
{
	if (chattemplate_read(dir, &t->chat, err) == -1)
		return -1;
	if (t->chat.kind == CHATTEMPLATE_CHATML)
		t->kind = CHATML;
	else
		t->kind = t->chat.kind == CHATTEMPLATE_LLAMA3 ? LLAMA3 : PLAIN;
	return 0;
}

/* By name: the checkpoint's defaults are ours only if the kind agrees. */
static int
from_name(struct template *t, enum kind kind, const char *dir,
    struct error *err)
{
	struct error unknown = {0};

	t->kind = kind;
	if (dir == NULL || kind == PLAIN)
		return 0;
	if (from_checkpoint(t, dir, &unknown) == -1) {
		/* A template that we don't know is why a name was given. */
		if (unknown.status != STATUS_DATA)
			return error_set(err, unknown.status, "%s",
			    unknown.text);
	}
	if (t->kind != kind)
		chattemplate_free(&t->chat);
	t->kind = kind;
	return 0;
}

static int
from_file(struct template *t, const char *path, struct error *err)
{
	size_t length;

	t->kind = FROM_FILE;
	t->text = jsonfile_read(NULL, path, &length, err);
	if (t->text == NULL)
		return -1;
	if (strlen(t->text) != length)
		return error_set(err, STATUS_DATA, "%s: has a NUL byte",
		    path);
	if (utf8_valid(t->text, length) != length)
		return error_set(err, STATUS_DATA, "%s: not UTF-8", path);
	if (strstr(t->text, "{question}") == NULL)
		return error_set(err, STATUS_DATA, "%s: no {question} in it",
		    path);
	return 0;
}

struct template *
template_open(const char *name, const char *dir, struct error *err)
{
	struct template *t = calloc(1, sizeof(*t));
	int rc = -1, kind;

	if (t == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	for (kind = CHATML; name != NULL && kind < FROM_FILE; kind++)
		if (strcmp(name, names[kind]) == 0)
			break;
	if (name == NULL)
		rc = from_checkpoint(t, dir, err);
	else if (kind == FROM_FILE)
		rc = from_file(t, name, err);
	else
		rc = from_name(t, (enum kind)kind, dir, err);
	if (rc == 0)
		return t;
	template_close(t);
	return NULL;
}

struct template *
template_from_checkpoint(const char *dir, struct error *err)
{
	return template_open(NULL, dir, err);
}

void
template_close(struct template *t)
{
	if (t == NULL)
		return;
	chattemplate_free(&t->chat);
	free(t->text);
	free(t);
}

const char *
template_name(const struct template *t)
{
	return names[t->kind];
}

unsigned
template_flags(const struct template *t)
{
	return t->kind == PLAIN ?
	    TOKENIZER_SPECIAL | TOKENIZER_POSTPROCESS : TOKENIZER_SPECIAL;
}

/* As Python's str.strip() does for Llama 3's templates. */
static void
trim(const char **s, size_t *length)
{
	uint32_t code;
	size_t n;

	while ((n = utf8_decode(*s, *length, &code)) > 0 &&
	    (utf8_is_space(code) || (code >= 0x1C && code <= 0x1F))) {
		*s += n;
		*length -= n;
	}
	while (*length > 0) {
		n = 1;
		while (n < *length && n < 4 &&
		    ((unsigned char)(*s)[*length - n] & 0xC0) == 0x80)
			n++;
		if (utf8_decode(*s + *length - n, n, &code) != n ||
		    (!utf8_is_space(code) && (code < 0x1C || code > 0x1F)))
			break;
		*length -= n;
	}
}

/* Qwen3: a turn's thoughts are dropped when a question follows. */
static void
drop_thoughts(const char **s, size_t *length)
{
	const char *end = *s + *length, *at;

	while ((at = memmem(*s, (size_t)(end - *s), "</think>", 8)) != NULL) {
		*s = at + 8;
		while (*s < end && **s == '\n')
			(*s)++;
	}
	*length = (size_t)(end - *s);
}

static void
put_turn(struct rendering *r, const char *role, const char *s, size_t length)
{
	const struct chattemplate *chat = &r->t->chat;
	int llama3 = r->t->kind == LLAMA3;

	if (llama3)
		trim(&s, &length);
	put_string(r, llama3 ? "<|start_header_id|>" : "<|im_start|>");
	put_string(r, role);
	put_string(r, llama3 ? "<|end_header_id|>\n\n" : "\n");
	if (llama3 && chat->date != NULL && strcmp(role, "system") == 0) {
		put_string(r, "Cutting Knowledge Date: December 2023\n"
		    "Today Date: ");
		put_string(r, chat->date);
		put_string(r, "\n\n");
	}
	put(r, s, length);
	put_string(r, llama3 ? "<|eot_id|>" : "<|im_end|>\n");
}

/* What stands before the first turn: the begin of text, a system prompt. */
static void
put_head(struct rendering *r)
{
	const struct chattemplate *chat = &r->t->chat;
	const char *system = r->system;

	if (r->t->kind == LLAMA3)
		put_string(r, chat->bos != NULL ? chat->bos :
		    "<|begin_of_text|>");
	if (r->count > 0 && strcmp(r->messages[0].role, "system") == 0)
		return;
	if (system == NULL)
		system = chat->date != NULL ? "" : chat->system;
	if (system != NULL)
		put_turn(r, "system", system, strlen(system));
}

static void
put_chat(struct rendering *r)
{
	const struct template_message *m;
	const char *s;
	size_t length;

	put_head(r);
	for (size_t i = 0; i < r->count; i++) {
		m = &r->messages[i];
		s = m->content;
		length = m->length;
		if (i == r->last_user) {
			s = r->question.data;
			length = r->question.length;
		}
		if (r->t->chat.drops_thoughts && i < r->last_user &&
		    strcmp(m->role, "assistant") == 0)
			drop_thoughts(&s, &length);
		put_turn(r, m->role, s, length);
	}
	if (r->t->kind == LLAMA3)
		put_string(r,
		    "<|start_header_id|>assistant<|end_header_id|>\n\n");
	else
		put_string(r, "<|im_start|>assistant\n");
	if (r->t->chat.opens_thought)
		put_string(r, "<think>\n");
}

static void
put_plain(struct rendering *r)
{
	const struct template_message *m;

	if (r->system != NULL && (r->count == 0 ||
	    strcmp(r->messages[0].role, "system") != 0)) {
		put_string(r, r->system);
		put_string(r, "\n\n");
	}
	for (size_t i = 0; i < r->count; i++) {
		m = &r->messages[i];
		if (i > 0)
			put_string(r, "\n\n");
		if (i == r->last_user)
			put(r, r->question.data, r->question.length);
		else
			put(r, m->content, m->length);
	}
}

static void
put_file(struct rendering *r)
{
	const char *s = r->t->text, *brace;

	while ((brace = strchr(s, '{')) != NULL) {
		put(r, s, (size_t)(brace - s));
		s = brace;
		if (strncmp(s, "{question}", 10) == 0) {
			put(r, r->question.data, r->question.length);
			s += 10;
		} else if (strncmp(s, "{system}", 8) == 0) {
			put_string(r, r->system != NULL ? r->system : "");
			s += 8;
		} else
			put(r, s++, 1);
	}
	put_string(r, s);
}

/* The last user turn, with the instruction behind it. */
static int
find_question(struct rendering *r, const char *instruction,
    struct error *err)
{
	static const char *const roles[] = {"system", "user", "assistant"};
	const struct template_message *m;
	size_t role;

	r->last_user = SIZE_MAX;
	for (size_t i = 0; i < r->count; i++) {
		for (role = 0; role < 3; role++)
			if (strcmp(r->messages[i].role, roles[role]) == 0)
				break;
		if (role == 3)
			return error_set(err, STATUS_DATA,
			    "messages[%zu]: role '%s' is not supported", i,
			    r->messages[i].role);
		if (role == 1)
			r->last_user = i;
	}
	if (r->last_user == SIZE_MAX)
		return error_set(err, STATUS_DATA,
		    "messages have no user turn");
	m = &r->messages[r->last_user];
	if (buffer_add(&r->question, m->content, m->length) == -1)
		goto memory;
	if (instruction != NULL && *instruction != '\0') {
		if (strchr(" \t\r\n", *instruction) == NULL &&
		    buffer_add(&r->question, " ", 1) == -1)
			goto memory;
		if (buffer_add_string(&r->question, instruction) == -1)
			goto memory;
	}
	return 0;
memory:
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

int
template_render_messages(const struct template *t,
    const struct template_message *messages, size_t count, const char *system,
    const char *instruction, struct buffer *out, struct error *err)
{
	struct rendering r = {.t = t, .messages = messages, .count = count,
	    .system = system, .out = out};
	int rc = -1;

	if (find_question(&r, instruction, err) == -1)
		goto out;
	if (t->kind == FROM_FILE)
		put_file(&r);
	else if (t->kind == PLAIN)
		put_plain(&r);
	else
		put_chat(&r);
	rc = r.failed ? error_set(err, STATUS_TEMPFAIL, "out of memory") : 0;
out:
	buffer_free(&r.question);
	return rc;
}

int
template_render(const struct template *t, const char *system,
    const char *instruction, const char *question, struct buffer *out,
    struct error *err)
{
	struct template_message m = {
	    .role = "user", .content = question, .length = strlen(question)};

	return template_render_messages(t, &m, 1, system, instruction, out,
	    err);
}
