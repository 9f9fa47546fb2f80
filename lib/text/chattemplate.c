/*
 * Telling a Jinja chat_template's kind by the strings in it.  Jinja itself is
 * not interpreted: the formats are written out in template.c.
 */
#include "lib/text/chattemplate.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/text/jsonfile.h"

#define SYSTEM_TURN "<|im_start|>system"

/* One character of a Jinja literal, a backslash escape resolved. */
static int
add_character(struct buffer *out, const char **at)
{
	const char *s = *at;
	char c = *s++;

	if (c == '\\' && *s != '\0') {
		c = *s++;
		if (c == 'n')
			c = '\n';
		else if (c == 't')
			c = '\t';
	}
	*at = s;
	return buffer_add(out, &c, 1);
}

/*
 * The default system prompt of a chatml template: a literal that holds the
 * whole turn, from <|im_start|>system to <|im_end|>.  NULL in ${text} if
 * there is none.
 */
static int
find_system(const char *jinja, char **text)
{
	struct buffer b = {0};
	const char *at = jinja, *s;
	char quote;

	while ((at = strstr(at, SYSTEM_TURN)) != NULL) {
		quote = at > jinja ? at[-1] : '\0';
		s = at + strlen(SYSTEM_TURN);
		at = s;
		if (strncmp(s, "\\n", 2) == 0)
			s += 2;
		else if (*s == '\n')
			s++;
		else
			continue;
		/* Outside of a literal the text ends where code begins. */
		if (quote != '\'' && quote != '"')
			quote = '{';
		buffer_clear(&b);
		while (*s != '\0' && *s != quote &&
		    strncmp(s, "<|im_end|>", 10) != 0)
			if (add_character(&b, &s) == -1)
				goto memory;
		if (strncmp(s, "<|im_end|>", 10) != 0)
			continue;
		if (buffer_add(&b, "", 0) == -1)
			goto memory;
		*text = b.data;
		return 0;
	}
	buffer_free(&b);
	return 0;
memory:
	buffer_free(&b);
	return -1;
}

/*
 * Llama 3.1 and 3.2 write a date into the system turn: the one that the
 * template itself falls back on, never today's, so that a prompt is the same
 * tomorrow.
 */
static int
find_date(const char *jinja, char **date)
{
	const char *at, *end;

	if (strstr(jinja, "Cutting Knowledge Date: December 2023") == NULL)
		return 0;
	at = strstr(jinja, "date_string = \"");
	if (at == NULL)
		return 0;
	at += strlen("date_string = \"");
	end = strchr(at, '"');
	if (end == NULL)
		return 0;
	*date = strndup(at, (size_t)(end - at));
	return *date != NULL ? 0 : -1;
}

static int
recognise(const char *jinja, struct chattemplate *c, struct error *err)
{
	int rc;

	if (strstr(jinja, "<|im_start|>") != NULL) {
		c->kind = CHATTEMPLATE_CHATML;
		c->opens_thought = strstr(jinja,
		    "<|im_start|>assistant\\n<think>\\n") != NULL;
		c->drops_thoughts =
		    strstr(jinja, "split('</think>')") != NULL;
		rc = find_system(jinja, &c->system);
	} else if (strstr(jinja, "<|start_header_id|>") != NULL) {
		c->kind = CHATTEMPLATE_LLAMA3;
		rc = find_date(jinja, &c->date);
	} else
		return error_set(err, STATUS_DATA,
		    "the chat_template is neither chatml nor llama3");
	return rc == 0 ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "out of memory");
}

static const char *
configured(const json_t *config)
{
	const json_t *t = json_object_get(config, "chat_template"), *item;
	const char *name, *chosen = NULL;
	size_t i;

	if (json_is_string(t))
		return json_string_value(t);
	json_array_foreach(t, i, item) {
		name = json_string_value(json_object_get(item, "name"));
		if (name != NULL && strcmp(name, "default") == 0)
			chosen = json_string_value(
			    json_object_get(item, "template"));
	}
	return chosen;
}

static int
read_bos(const json_t *config, struct chattemplate *c, struct error *err)
{
	const json_t *bos = json_object_get(config, "bos_token");

	if (json_is_object(bos))
		bos = json_object_get(bos, "content");
	if (!json_is_string(bos))
		return 0;
	c->bos = strdup(json_string_value(bos));
	return c->bos != NULL ? 0 :
	    error_set(err, STATUS_TEMPFAIL, "out of memory");
}

int
chattemplate_read(const char *dir, struct chattemplate *c,
    struct error *err)
{
	const char *where = "tokenizer_config.json", *text;
	char *jinja = NULL;
	json_t *config = NULL;
	size_t length;
	int rc = -1;

	if (jsonfile_exists(dir, where) &&
	    (config = jsonfile_load(dir, where, err)) == NULL)
		return -1;
	if (read_bos(config, c, err) == -1)
		goto out;
	text = configured(config);
	if (jsonfile_exists(dir, "chat_template.jinja")) {
		where = "chat_template.jinja";
		text = jinja = jsonfile_read(dir, where, &length, err);
		if (jinja == NULL)
			goto out;
	}
	rc = text != NULL ? recognise(text, c, err) : 0;
	if (rc == -1)
		error_prefix(err, "%s/%s: ", dir, where);
out:
	free(jinja);
	json_decref(config);
	return rc;
}

void
chattemplate_free(struct chattemplate *c)
{
	if (c == NULL)
		return;
	free(c->system);
	free(c->date);
	free(c->bos);
	*c = (struct chattemplate){0};
}
