/* Added tokens, as tokenizers' AddedVocabulary finds them. */
#include "lib/text/added.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text/trie.h"
#include "lib/text/utf8.h"

struct token {
	int32_t id;
	int single_word;
	int lstrip;
	int rstrip;
	int special;
};

struct added {
	struct token *tokens;
	size_t count;
	struct trie tries[2]; /* by stage; values are indices of tokens */
	unsigned char *special; /* by id */
	size_t size;
};

static int
read_flag(const json_t *json, const char *name, int *flag,
    struct error *err)
{
	const json_t *value = json_object_get(json, name);

	if (!json_is_boolean(value))
		return error_set(err, STATUS_DATA,
		    "added_tokens: '%s' is not true or false", name);
	*flag = json_is_true(value);
	return 0;
}

static int
add_normalized(struct added *a, const char *content, size_t length,
    struct vocab *v, enum normalizer n, struct error *err)
{
	struct buffer scratch = {0};
	const char *text;
	int rc = -1;

	if (normalizer_apply(n, content, length, &scratch, &text, &length,
	    err) == -1)
		goto out;
	/* The library decodes to the normalised spelling. */
	if (trie_add(&a->tries[ADDED_NORMALIZED], text, length,
	    (int32_t)a->count) == -1 || (text != content &&
	    vocab_respell(v, a->tokens[a->count].id, text, length) == -1)) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	rc = 0;
out:
	buffer_free(&scratch);
	return rc;
}

static int
read_token(struct added *a, const json_t *json, struct vocab *v,
    enum normalizer n, struct error *err)
{
	const json_t *content = json_object_get(json, "content");
	const json_t *id = json_object_get(json, "id");
	struct token *t = &a->tokens[a->count];
	const char *text = json_string_value(content);
	size_t length = json_string_length(content);
	int normalized = 0;

	if (text == NULL || !json_is_integer(id))
		return error_set(err, STATUS_DATA,
		    "added_tokens: an entry has no content or no id");
	if (length == 0)
		return 0;
	if (read_flag(json, "single_word", &t->single_word, err) == -1 ||
	    read_flag(json, "lstrip", &t->lstrip, err) == -1 ||
	    read_flag(json, "rstrip", &t->rstrip, err) == -1 ||
	    read_flag(json, "special", &t->special, err) == -1 ||
	    read_flag(json, "normalized", &normalized, err) == -1 ||
	    vocab_add(v, text, length, json_integer_value(id), err) == -1)
		return -1;
	t->id = (int32_t)json_integer_value(id);
	if (normalized) {
		if (add_normalized(a, text, length, v, n, err) == -1)
			return -1;
	} else if (trie_add(&a->tries[ADDED_RAW], text, length,
	    (int32_t)a->count) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	a->count++;
	return 0;
}

struct added *
added_new(const json_t *json, struct vocab *v, enum normalizer n,
    struct error *err)
{
	struct added *a = calloc(1, sizeof(*a));
	const json_t *item;
	size_t i;

	if (a == NULL)
		goto memory;
	a->tokens = calloc(json_array_size(json) + 1, sizeof(*a->tokens));
	if (a->tokens == NULL)
		goto memory;
	json_array_foreach(json, i, item)
		if (read_token(a, item, v, n, err) == -1)
			goto out;
	a->size = vocab_size(v);
	a->special = calloc(a->size + 1, 1);
	if (a->special == NULL)
		goto memory;
	for (i = 0; i < a->count; i++)
		a->special[a->tokens[i].id] |= a->tokens[i].special != 0;
	return a;
memory:
	error_set(err, STATUS_TEMPFAIL, "out of memory");
out:
	added_free(a);
	return NULL;
}

void
added_free(struct added *a)
{
	if (a == NULL)
		return;
	trie_free(&a->tries[ADDED_RAW]);
	trie_free(&a->tries[ADDED_NORMALIZED]);
	free(a->tokens);
	free(a->special);
	free(a);
}

int
added_is_special(const struct added *a, int32_t id)
{
	return id >= 0 && (size_t)id < a->size && a->special[id];
}

/* Where the last code point of text[0..end) begins; ${code} is its value. */
static size_t
before(const char *text, size_t end, uint32_t *code)
{
	size_t at = end;

	*code = 0;
	while (at > 0 && ((unsigned char)text[--at] & 0xC0) == 0x80)
		;
	utf8_decode(text + at, end - at, code);
	return at;
}

static int
is_single_word(const char *text, size_t length, size_t start, size_t end)
{
	uint32_t code;

	if (start > 0) {
		before(text, start, &code);
		if (utf8_is_word(code))
			return 0;
	}
	return utf8_decode(text + end, length - end, &code) == 0 ||
	    !utf8_is_word(code);
}

/* Take the white space around the token that it asks for. */
static void
strip(const struct token *t, const char *text, size_t length, size_t floor,
    size_t *start, size_t *end)
{
	uint32_t code;
	size_t at, n;

	while (t->lstrip && *start > floor) {
		at = before(text, *start, &code);
		if (!utf8_is_space(code))
			break;
		*start = at;
	}
	/* The token before may have taken more than there was between. */
	if (t->lstrip && *start < floor)
		*start = floor;
	while (t->rstrip) {
		n = utf8_decode(text + *end, length - *end, &code);
		if (n == 0 || !utf8_is_space(code))
			break;
		*end += n;
	}
}

int
added_split(const struct added *a, enum added_stage stage, int special,
    const char *text, size_t length, added_piece *piece, void *arg,
    struct error *err)
{
	size_t last = 0, from = 0, start, end = 0;
	const struct token *t;
	int32_t found;

	for (;;) {
		start = from;
		found = trie_find(&a->tries[stage], text, length, &start,
		    &end);
		if (found == -1)
			break;
		from = end;
		t = &a->tokens[found];
		if ((a->special[t->id] && !special) || (t->single_word &&
		    !is_single_word(text, length, start, end)))
			continue;
		strip(t, text, length, last, &start, &end);
		if (last < start && piece(arg, -1, text + last,
		    start - last, err) == -1)
			return -1;
		if (piece(arg, t->id, NULL, 0, err) == -1)
			return -1;
		last = end;
	}
	if (last < length)
		return piece(arg, -1, text + last, length - last, err);
	return 0;
}
