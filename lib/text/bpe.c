/* A word's bytes to ids: the byte's own tokens, merged, and remembered. */
#include "lib/text/bpe.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/text/bytelevel.h"
#include "lib/text/merges.h"
#include "lib/text/wordcache.h"

#define MISSING -1 /* a byte without a token */

struct bpe {
	const struct vocab *vocab;
	struct merges *merges;
	struct wordcache *cache;
	struct buffer spelling; /* scratch */
	int32_t bytes[256];     /* each byte's id, or MISSING */
	char *unk_token;        /* NULL: missing bytes are left out */
	int fuse_unk;
	int ignore_merges;      /* a word that is a token is that token */
};

/* Options of the model that change the result and that nobody uses here. */
static int
refuse_options(const json_t *json, struct error *err)
{
	static const char *const affixes[] = {
	    "continuing_subword_prefix", "end_of_word_suffix"};
	const char *type = json_string_value(json_object_get(json, "type"));
	const json_t *value;

	value = json_object_get(json, "type");
	if (value != NULL && (type == NULL || strcmp(type, "BPE") != 0))
		return error_set(err, STATUS_DATA,
		    "model type '%s' is not supported",
		    type != NULL ? type : "?");
	for (size_t i = 0; i < 2; i++)
		if (json_string_length(json_object_get(json, affixes[i])) > 0)
			return error_set(err, STATUS_DATA,
			    "model.%s is not supported", affixes[i]);
	if (json_number_value(json_object_get(json, "dropout")) != 0)
		return error_set(err, STATUS_DATA,
		    "model.dropout is not supported");
	if (json_is_true(json_object_get(json, "byte_fallback")))
		return error_set(err, STATUS_DATA,
		    "model.byte_fallback is not supported");
	if (!json_is_object(json_object_get(json, "vocab")))
		return error_set(err, STATUS_DATA, "model has no vocab");
	if (!json_is_array(json_object_get(json, "merges")))
		return error_set(err, STATUS_DATA, "model has no merges");
	return 0;
}

static int
read_vocab(json_t *json, struct vocab *v, struct error *err)
{
	const char *token;
	json_t *id;

	json_object_foreach(json, token, id) {
		if (!json_is_integer(id))
			return error_set(err, STATUS_DATA,
			    "model.vocab: '%s' is not an integer", token);
		if (vocab_add(v, token, strlen(token),
		    json_integer_value(id), err) == -1)
			return -1;
	}
	return 0;
}

static int
read_model(struct bpe *b, const json_t *json, struct vocab *v,
    struct error *err)
{
	const json_t *unk = json_object_get(json, "unk_token");
	char byte;

	if (refuse_options(json, err) == -1 ||
	    read_vocab(json_object_get(json, "vocab"), v, err) == -1)
		return -1;
	b->merges = merges_new(json_object_get(json, "merges"), v, err);
	if (b->merges == NULL)
		return -1;
	b->fuse_unk = json_is_true(json_object_get(json, "fuse_unk"));
	b->ignore_merges = json_is_true(
	    json_object_get(json, "ignore_merges"));
	b->cache = wordcache_new();
	if (b->cache == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (json_is_string(unk)) {
		b->unk_token = strdup(json_string_value(unk));
		if (b->unk_token == NULL)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
	}
	for (int i = 0; i < 256; i++) {
		byte = (char)i;
		buffer_clear(&b->spelling);
		if (bytelevel_encode(&byte, 1, &b->spelling) == -1)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
		b->bytes[i] = vocab_id(v, b->spelling.data,
		    b->spelling.length);
	}
	return 0;
}

struct bpe *
bpe_new(const json_t *json, struct vocab *v, struct error *err)
{
	struct bpe *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	b->vocab = v;
	if (read_model(b, json, v, err) == -1) {
		bpe_free(b);
		return NULL;
	}
	return b;
}

void
bpe_free(struct bpe *b)
{
	if (b == NULL)
		return;
	merges_free(b->merges);
	wordcache_free(b->cache);
	buffer_free(&b->spelling);
	free(b->unk_token);
	free(b);
}

/*
 * The unknown token in place of ${missing} bytes, as the library does it:
 * what is missing leaves no gap where there is no unk_token.
 */
static int
add_unknown(const struct bpe *b, size_t missing, struct ids *out,
    struct error *err)
{
	int32_t id;

	if (missing == 0 || b->unk_token == NULL)
		return 0;
	id = vocab_id(b->vocab, b->unk_token, strlen(b->unk_token));
	if (id == -1)
		return error_set(err, STATUS_DATA, "a byte has no token, "
		    "and unk_token '%s' is not in the vocabulary",
		    b->unk_token);
	if (b->fuse_unk)
		missing = 1;
	for (; missing > 0; missing--)
		if (ids_add(out, id) == -1)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
	return 0;
}

/* The ids of the word's bytes, one by one. */
static int
add_bytes(const struct bpe *b, const char *word, size_t length,
    struct ids *out, struct error *err)
{
	size_t missing = 0;
	int32_t id;

	for (size_t i = 0; i < length; i++) {
		id = b->bytes[(unsigned char)word[i]];
		if (id == MISSING) {
			missing++;
			continue;
		}
		if (add_unknown(b, missing, out, err) == -1)
			return -1;
		missing = 0;
		if (ids_add(out, id) == -1)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
	}
	return add_unknown(b, missing, out, err);
}

static int32_t
whole_word(struct bpe *b, const char *word, size_t length)
{
	buffer_clear(&b->spelling);
	if (bytelevel_encode(word, length, &b->spelling) == -1)
		return -2;
	return vocab_id(b->vocab, b->spelling.data, b->spelling.length);
}

int
bpe_encode(struct bpe *b, const char *word, size_t length, struct ids *out,
    struct error *err)
{
	const int32_t *known;
	size_t start = out->length, count;
	int32_t whole;

	/* So that there is an array, also for a word without ids. */
	if (ids_reserve(out, 1) == -1)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	known = wordcache_get(b->cache, word, length, &count);
	if (known != NULL) {
		if (ids_append(out, known, count) == -1)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
		return 0;
	}
	if (length > INT32_MAX)
		return error_set(err, STATUS_DATA,
		    "a word of %zu bytes is too long", length);
	whole = b->ignore_merges ? whole_word(b, word, length) : -1;
	if (whole == -2 || (whole >= 0 && ids_add(out, whole) == -1))
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (whole == -1) {
		if (add_bytes(b, word, length, out, err) == -1)
			return -1;
		count = out->length - start;
		if (merges_apply(b->merges, out->data + start, &count) == -1)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
		out->length = start + count;
	}
	wordcache_put(b->cache, word, length, out->data + start,
	    out->length - start);
	return 0;
}
