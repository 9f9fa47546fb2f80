#ifndef TEXT_ONIG_H
#define TEXT_ONIG_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/*
 * onig_translate(source, length, out, err):
 * tokenizer.json's regexes are Oniguruma's (Ruby's syntax).  Append to ${out}
 * one for PCRE2 (with UTF, UCP and MULTILINE) that matches the same.  What
 * means something else there and can't be written otherwise is refused by
 * name.  Returns 0, or -1 (STATUS_DATA; STATUS_TEMPFAIL: out of memory).
 */
int onig_translate(const char *source, size_t length, struct buffer *out,
    struct error *err);

#endif
