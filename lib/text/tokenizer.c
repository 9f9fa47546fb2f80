/* tokenizer.json put together from its parts; the way of a text to ids. */
#include "lib/text/tokenizer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/added.h"
#include "lib/text/bpe.h"
#include "lib/text/decoder.h"
#include "lib/text/jsonfile.h"
#include "lib/text/normalizer.h"
#include "lib/text/postprocessor.h"
#include "lib/text/pretokenizer.h"
#include "lib/text/utf8.h"
#include "lib/text/vocab.h"

struct tokenizer {
	struct vocab *vocab;
	struct added *added;
	enum normalizer normalizer;
	struct pretokenizer *pretokenizer;
	struct bpe *bpe;
	struct postprocessor postprocessor;
	struct buffer scratch; /* a normalised piece */
	int32_t eos, bos;
};

/* An encoding under way. */
struct encoding {
	struct tokenizer *t;
	struct ids *out;
	int special;
};

/* Only what ByteLevel's decoder does is done here. */
static int
check_decoder(const json_t *json, struct error *err)
{
	const char *type = json_string_value(json_object_get(json, "type"));
	const json_t *list;

	if (type != NULL && strcmp(type, "Sequence") == 0) {
		list = json_object_get(json, "decoders");
		if (json_array_size(list) == 1)
			return check_decoder(json_array_get(list, 0), err);
	}
	if (type == NULL || strcmp(type, "ByteLevel") != 0)
		return error_set(err, STATUS_DATA,
		    "decoder type '%s' is not supported",
		    type != NULL ? type : "null");
	return 0;
}

static int
read_tokenizer(struct tokenizer *t, const json_t *json, struct error *err)
{
	const json_t *added = json_object_get(json, "added_tokens");

	t->vocab = vocab_new();
	if (t->vocab == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (normalizer_read(json_object_get(json, "normalizer"),
	    &t->normalizer, err) == -1)
		return -1;
	t->pretokenizer = pretokenizer_new(
	    json_object_get(json, "pre_tokenizer"), err);
	if (t->pretokenizer == NULL)
		return -1;
	if (postprocessor_read(json_object_get(json, "post_processor"),
	    &t->postprocessor, err) == -1 ||
	    check_decoder(json_object_get(json, "decoder"), err) == -1)
		return -1;
	if (!json_is_object(json_object_get(json, "model")))
		return error_set(err, STATUS_DATA, "there is no model");
	t->bpe = bpe_new(json_object_get(json, "model"), t->vocab, err);
	if (t->bpe == NULL)
		return -1;
	t->added = added_new(added, t->vocab, t->normalizer, err);
	return t->added != NULL ? 0 : -1;
}

/* A token of tokenizer_config.json: a string, or an object with content. */
static int32_t
configured(const struct tokenizer *t, const json_t *config, const char *name)
{
	const json_t *token = json_object_get(config, name);

	if (json_is_object(token))
		token = json_object_get(token, "content");
	return json_is_string(token) ?
	    tokenizer_id(t, json_string_value(token)) : -1;
}

static int
read_config(struct tokenizer *t, const char *dir, struct error *err)
{
	json_t *config;

	t->eos = t->bos = -1;
	if (!jsonfile_exists(dir, "tokenizer_config.json"))
		return 0;
	config = jsonfile_load(dir, "tokenizer_config.json", err);
	if (config == NULL)
		return -1;
	t->eos = configured(t, config, "eos_token");
	t->bos = configured(t, config, "bos_token");
	json_decref(config);
	return 0;
}

struct tokenizer *
tokenizer_open(const char *dir, struct error *err)
{
	struct tokenizer *t = calloc(1, sizeof(*t));
	json_t *json = NULL;

	if (t == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	json = jsonfile_load(dir, "tokenizer.json", err);
	if (json == NULL)
		goto out;
	if (read_tokenizer(t, json, err) == -1) {
		error_prefix(err, "%s/tokenizer.json: ", dir);
		goto out;
	}
	if (read_config(t, dir, err) == -1)
		goto out;
	json_decref(json);
	return t;
out:
	json_decref(json);
	tokenizer_close(t);
	return NULL;
}

void
tokenizer_close(struct tokenizer *t)
{
	if (t == NULL)
		return;
	vocab_free(t->vocab);
	added_free(t->added);
	pretokenizer_free(t->pretokenizer);
	bpe_free(t->bpe);
	postprocessor_free(&t->postprocessor);
	buffer_free(&t->scratch);
	free(t);
}

static int
encode_word(void *arg, const char *word, size_t length, struct error *err)
{
	struct encoding *e = arg;

	return bpe_encode(e->t->bpe, word, length, e->out, err);
}

static int
encode_normalized(void *arg, int32_t id, const char *text, size_t length,
    struct error *err)
{
	struct encoding *e = arg;

	if (id == -1)
		return pretokenizer_apply(e->t->pretokenizer, text, length,
		    encode_word, e, err);
	if (ids_add(e->out, id) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

static int
encode_raw(void *arg, int32_t id, const char *text, size_t length,
    struct error *err)
{
	struct encoding *e = arg;

	if (id != -1)
		return encode_normalized(arg, id, NULL, 0, err);
	if (normalizer_apply(e->t->normalizer, text, length, &e->t->scratch,
	    &text, &length, err) == -1)
		return -1;
	return added_split(e->t->added, ADDED_NORMALIZED, e->special, text,
	    length, encode_normalized, e, err);
}

/* The length of the ill-formed beginning of ${s}. */
static size_t
ill_formed(const char *s, size_t length)
{
	size_t at = 0;
	uint32_t code;
	int truncated;

	while (at < length && utf8_decode(s + at, length - at, &code) == 0)
		at += utf8_ill_formed(s + at, length - at, &truncated);
	return at;
}

static int
encode_text(struct encoding *e, const char *text, size_t length,
    struct error *err)
{
	size_t n;

	for (size_t at = 0; at < length; at += n) {
		n = utf8_valid(text + at, length - at);
		if (n > 0 && added_split(e->t->added, ADDED_RAW, e->special,
		    text + at, n, encode_raw, e, err) == -1)
			return -1;
		at += n;
		n = ill_formed(text + at, length - at);
		if (n > 0 && bpe_encode(e->t->bpe, text + at, n, e->out,
		    err) == -1)
			return -1;
	}
	return 0;
}

int
tokenizer_encode(struct tokenizer *t, const char *text, size_t length,
    unsigned flags, struct ids *out, struct error *err)
{
	const struct postprocessor *p = &t->postprocessor;
	struct encoding e = {
	    .t = t, .out = out, .special = flags & TOKENIZER_SPECIAL};
	int post = flags & TOKENIZER_POSTPROCESS;

	if (post && ids_append(out, p->before.data, p->before.length) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (encode_text(&e, text, length, err) == -1)
		return -1;
	if (post && ids_append(out, p->after.data, p->after.length) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

int
tokenizer_decode(const struct tokenizer *t, const int32_t *ids,
    size_t count, int skip_special, struct buffer *out, struct error *err)
{
	struct decoder d = {0};
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = decoder_feed(&d, t, ids[i], skip_special, out);
	if (rc == -1 || decoder_flush(&d, out) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

const char *
tokenizer_bytes(const struct tokenizer *t, int32_t id, size_t *length)
{
	return vocab_bytes(t->vocab, id, length);
}

size_t
tokenizer_size(const struct tokenizer *t)
{
	return vocab_size(t->vocab);
}

int32_t
tokenizer_id(const struct tokenizer *t, const char *token)
{
	return vocab_id(t->vocab, token, strlen(token));
}

int
tokenizer_is_special(const struct tokenizer *t, int32_t id)
{
	return added_is_special(t->added, id);
}

int32_t
tokenizer_eos(const struct tokenizer *t)
{
	return t->eos;
}

int32_t
tokenizer_bos(const struct tokenizer *t)
{
	return t->bos;
}
