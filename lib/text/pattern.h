#ifndef TEXT_PATTERN_H
#define TEXT_PATTERN_H

#include <stddef.h>

#include "lib/base/error.h"

/* A compiled regex or literal to search for; one thread at a time. */
struct pattern;

/*
 * pattern_new(source, length, literal, err):
 * ${source} is a regex as tokenizer.json has it, or the very text to find
 * if ${literal}.  Returns NULL with STATUS_DATA (not a regex, or one that is
 * not supported) or STATUS_TEMPFAIL.
 */
struct pattern *pattern_new(const char *source, size_t length, int literal,
    struct error *err);

void pattern_free(struct pattern *p);

/* Where a search stands; zero-initialise it. */
struct pattern_match {
	size_t start; /* the match */
	size_t end;
	int found;    /* there was a match before */
};

/*
 * pattern_next(p, text, length, m, err):
 * The next match in the valid UTF-8 ${text}; an empty one directly behind
 * the last is passed over.  Returns 1, 0 at the end, or -1 (STATUS_DATA: a
 * limit was reached).
 */
int pattern_next(struct pattern *p, const char *text, size_t length,
    struct pattern_match *m, struct error *err);

#endif
