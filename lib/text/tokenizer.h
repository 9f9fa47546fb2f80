#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/text/ids.h"

/*
 * A byte-level BPE tokenizer as Hugging Face's tokenizer.json describes it,
 * giving the same ids as the Rust library `tokenizers`.  Known: normalizer
 * null, NFC; pre_tokenizer Split, ByteLevel (last), Digits; model BPE;
 * post_processor ByteLevel, TemplateProcessing; decoder ByteLevel; Sequence
 * of these.  Anything else is refused by name.  `truncation` and `padding`
 * are ignored: how long a text may be is the caller's affair.
 *
 * A tokenizer holds a cache of words: use it from one thread at a time.
 */
struct tokenizer;

/* Flags of tokenizer_encode. */
enum tokenizer_flag {
	/*
	 * Special tokens in the text ("<|im_end|>") become their ids, as they
	 * do in the Rust library by default.  Without it they are spelled out
	 * (the library's encode_special_tokens).  Added tokens that are not
	 * special are found in either case.
	 */
	TOKENIZER_SPECIAL = 1,
	/* Add what the post-processor adds: Llama 3's <|begin_of_text|>. */
	TOKENIZER_POSTPROCESS = 2
};

/*
 * tokenizer_open(dir, err):
 * Read ${dir}/tokenizer.json and, where there is one,
 * ${dir}/tokenizer_config.json (bos_token and eos_token).  Returns NULL with
 * STATUS_NOINPUT (no such file), STATUS_DATA (malformed or not supported) or
 * STATUS_TEMPFAIL (out of memory).
 */
struct tokenizer *tokenizer_open(const char *dir, struct error *err);

void tokenizer_close(struct tokenizer *t);

/*
 * tokenizer_encode(t, text, length, flags, out, err):
 * Append the ids of ${text}, which may hold NULs, to ${out}.  Bytes that are
 * not valid UTF-8 are kept as they are: a stretch of them is a word of its
 * own, encoded by its bytes, so that the bytes of the ids (tokenizer_bytes)
 * are those of the text.  A byte without a token gives unk_token, or nothing
 * if the model has none.  Returns 0, or -1 (STATUS_DATA: the pre-tokenizer's
 * regex gave up; STATUS_TEMPFAIL: out of memory).
 */
int tokenizer_encode(struct tokenizer *t, const char *text, size_t length,
    unsigned flags, struct ids *out, struct error *err);

/*
 * tokenizer_decode(t, ids, count, skip_special, out, err):
 * Append the text of ${ids} to ${out}: valid UTF-8, each maximal ill-formed
 * part replaced by U+FFFD.  An id that has no token gives nothing; special
 * tokens give nothing if ${skip_special}.  Returns 0, or -1
 * (STATUS_TEMPFAIL: out of memory).  lib/text/decoder.h does it id by id.
 */
int tokenizer_decode(const struct tokenizer *t, const int32_t *ids,
    size_t count, int skip_special, struct buffer *out, struct error *err);

/*
 * tokenizer_bytes(t, id, length):
 * The bytes that ${id} stands for, owned by ${t}, not NUL-terminated; NULL
 * with ${length} 0 where there is no such token.
 */
const char *tokenizer_bytes(const struct tokenizer *t, int32_t id,
    size_t *length);

/* One more than the largest id. */
size_t tokenizer_size(const struct tokenizer *t);

/* The id of a token as it is written in tokenizer.json, or -1. */
int32_t tokenizer_id(const struct tokenizer *t, const char *token);

/* Whether ${id} is a special token. */
int tokenizer_is_special(const struct tokenizer *t, int32_t id);

/* The ids of tokenizer_config.json's eos_token and bos_token, or -1. */
int32_t tokenizer_eos(const struct tokenizer *t);
int32_t tokenizer_bos(const struct tokenizer *t);

#endif
