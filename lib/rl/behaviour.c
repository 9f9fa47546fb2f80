/* Reasoning behaviours by the phrases that announce them. */
#include "lib/rl/behaviour.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"

/* behaviours.txt, as it is. */
extern const char behaviour_table[], behaviour_table_end[];
__asm__(".pushsection .rodata\n"
    ".globl behaviour_table\n"
    ".globl behaviour_table_end\n"
    "behaviour_table: .incbin \"lib/rl/behaviours.txt\"\n"
    "behaviour_table_end: .byte 0\n"
    ".popsection\n");

/* Neither between two letters or digits of one word. */
#define EDGE "(?!(?<=\\w)(?=\\w))"

struct rule {
	char *name;
	struct buffer re; /* the phrases, as alternatives */
	pcre2_code *code;
};

struct behaviour {
	struct rule rules[BEHAVIOUR_MOST];
	size_t count;
	pcre2_match_data *match;
};

static int
memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

struct behaviour *
behaviour_new(struct error *err)
{
	struct behaviour *b = calloc(1, sizeof(*b));

	if (b != NULL && (b->match = pcre2_match_data_create(1, NULL)) != NULL)
		return b;
	behaviour_free(b);
	memory(err);
	return NULL;
}

void
behaviour_free(struct behaviour *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->count; i++) {
		free(b->rules[i].name);
		buffer_free(&b->rules[i].re);
		pcre2_code_free(b->rules[i].code);
	}
	pcre2_match_data_free(b->match);
	free(b);
}

static pcre2_code *
compile(const struct buffer *re, struct error *err)
{
	PCRE2_UCHAR message[128];
	PCRE2_SIZE at;
	pcre2_code *code;
	int error;

	code = pcre2_compile((PCRE2_SPTR)re->data, re->length, PCRE2_UTF |
	    PCRE2_UCP | PCRE2_CASELESS | PCRE2_MULTILINE |
	    PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
	if (code == NULL) {
		pcre2_get_error_message(error, message, sizeof(message));
		error_set(err, STATUS_DATA, "no phrase: %s",
		    (const char *)message);
	}
	return code;
}

/* "[name]" */
static int
begin(struct behaviour *b, const char *line, size_t length, struct error *err)
{
	size_t i, n = length - 2;

	if (b->count == BEHAVIOUR_MOST)
		return error_set(err, STATUS_DATA, "more than %d behaviours",
		    BEHAVIOUR_MOST);
	for (i = 0; i < b->count; i++)
		if (strncmp(b->rules[i].name, line + 1, n) == 0 &&
		    b->rules[i].name[n] == '\0')
			return error_set(err, STATUS_DATA, "a second [%s]",
			    b->rules[i].name);
	b->rules[b->count].name = strndup(line + 1, n);
	if (b->rules[b->count].name == NULL)
		return memory(err);
	b->count++;
	return 0;
}

/* A phrase as an expression: blanks and apostrophes are of any kind. */
static int
translate(struct buffer *re, const char *line, size_t length)
{
	int in_class = 0, rc = buffer_add_string(re, "(?:");
	size_t i;

	for (i = 0; i < length && rc == 0; i++) {
		if (line[i] == '\\' && i + 1 < length) {
			rc = buffer_add(re, line + i++, 2);
			continue;
		}
		if (line[i] == '[' || line[i] == ']')
			in_class = line[i] == '[';
		if (line[i] == ' ' && !in_class)
			rc = buffer_add_string(re, "(?:\\s+)");
		else if (line[i] == '\'' && !in_class)
			rc = buffer_add_string(re, "['\xe2\x80\x99]");
		else
			rc = buffer_add(re, line + i, 1);
	}
	return rc != 0 ? rc : buffer_add_string(re, ")");
}

static int
add_phrase(struct rule *rule, const char *line, size_t length,
    struct error *err)
{
	struct buffer phrase = {0};
	pcre2_code *code;
	int rc = -1;

	if (translate(&phrase, line, length) != 0) {
		memory(err);
		goto out;
	}
	/* Alone first, so that a bad one is known by its line. */
	code = compile(&phrase, err);
	if (code == NULL)
		goto out;
	pcre2_code_free(code);
	rc = buffer_add_string(&rule->re, rule->re.length == 0
	    ? EDGE "(?:" : "|");
	if (rc == 0)
		rc = buffer_add(&rule->re, phrase.data, phrase.length);
	if (rc != 0)
		memory(err);
out:
	buffer_free(&phrase);
	return rc;
}

int
behaviour_line(struct behaviour *b, const char *line, size_t length,
    struct error *err)
{
	while (length > 0 && (line[length - 1] == ' ' ||
	    line[length - 1] == '\t' || line[length - 1] == '\r'))
		length--;
	if (length == 0 || *line == '#')
		return 0;
	if (*line == '[' && length > 2 && line[length - 1] == ']')
		return begin(b, line, length, err);
	if (b->count == 0)
		return error_set(err, STATUS_DATA, "a phrase before the "
		    "first [name]");
	return add_phrase(&b->rules[b->count - 1], line, length, err);
}

int
behaviour_ready(struct behaviour *b, struct error *err)
{
	struct rule *rule;
	size_t i;

	if (b->count == 0)
		return error_set(err, STATUS_DATA, "no behaviours");
	for (i = 0; i < b->count; i++) {
		rule = &b->rules[i];
		if (rule->re.length == 0)
			return error_set(err, STATUS_DATA, "[%s] has no "
			    "phrases", rule->name);
		if (buffer_add_string(&rule->re, ")" EDGE) != 0)
			return memory(err);
		rule->code = compile(&rule->re, err);
		if (rule->code == NULL)
			return -1;
		/* Faster where it is available; matching works without. */
		(void)pcre2_jit_compile(rule->code, PCRE2_JIT_COMPLETE);
	}
	return 0;
}

struct behaviour *
behaviour_default(struct error *err)
{
	const char *line = behaviour_table, *end;
	struct behaviour *b = behaviour_new(err);
	int rc = b == NULL ? -1 : 0;

	for (; rc == 0 && line < behaviour_table_end; line = end + 1) {
		end = strchr(line, '\n');
		rc = behaviour_line(b, line, (size_t)(end - line), err);
	}
	if (rc == 0)
		rc = behaviour_ready(b, err);
	if (rc == 0)
		return b;
	behaviour_free(b);
	return NULL;
}

size_t
behaviour_count(const struct behaviour *b)
{
	return b->count;
}

const char *
behaviour_name(const struct behaviour *b, size_t i)
{
	return b->rules[i].name;
}

int
behaviour_find(const struct behaviour *b, size_t i, const char *text,
    size_t length, size_t at[2])
{
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(b->match);

	if (pcre2_match(b->rules[i].code, (PCRE2_SPTR)text, length, 0, 0,
	    b->match, NULL) < 0)
		return 0;
	at[0] = found[0];
	at[1] = found[1];
	return 1;
}

unsigned
behaviour_seen(const struct behaviour *b, const char *text, size_t length)
{
	unsigned seen = 0;
	size_t i, at[2];

	for (i = 0; i < b->count; i++)
		if (behaviour_find(b, i, text, length, at))
			seen |= 1u << i;
	return seen;
}
