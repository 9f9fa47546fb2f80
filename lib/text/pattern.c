/* Searching with PCRE2, compiled to machine code where it can be. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/text/pattern.h"

#include <pcre2.h>
#include <stdlib.h>

#include "lib/base/buffer.h"
#include "lib/text/onig.h"
#include "lib/text/utf8.h"

#define STACK_START (32 * 1024)
#define STACK_MAX (16 * 1024 * 1024)

/*
 * PCRE2's own limit on backtracking, and a few steps for every byte: a run
 * of one character may be walked a few times, but not over and over.
 */
#define LIMIT_BASE 10000000u
#define LIMIT_BYTE 8

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	int jit; /* machine code is there */
};

static int
compile(struct pattern *p, const char *source, size_t length, int literal,
    struct error *err)
{
	pcre2_compile_context *context;
	PCRE2_UCHAR message[256];
	PCRE2_SIZE where;
	int code;

	context = pcre2_compile_context_create(NULL);
	if (context == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	p->code = pcre2_compile((PCRE2_SPTR)source, length, PCRE2_UTF |
	    (literal ? PCRE2_LITERAL : PCRE2_UCP | PCRE2_MULTILINE),
	    &code, &where, context);
	pcre2_compile_context_free(context);
	if (p->code != NULL)
		return 0;
	pcre2_get_error_message(code, message, sizeof(message));
	return error_set(err, STATUS_DATA, "regex '%.*s': %s", (int)length,
	    source, (const char *)message);
}

struct pattern *
pattern_new(const char *source, size_t length, int literal,
    struct error *err)
{
	struct pattern *p = calloc(1, sizeof(*p));
	struct buffer translated = {0};

	if (p == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	if (!literal) {
		if (onig_translate(source, length, &translated, err) == -1)
			goto out;
		source = translated.data != NULL ? translated.data : "";
		length = translated.length;
	}
	if (compile(p, source, length, literal, err) == -1)
		goto out;
	p->data = pcre2_match_data_create_from_pattern(p->code, NULL);
	p->context = pcre2_match_context_create(NULL);
	p->stack = pcre2_jit_stack_create(STACK_START, STACK_MAX, NULL);
	if (p->data == NULL || p->context == NULL || p->stack == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	pcre2_jit_stack_assign(p->context, NULL, p->stack);
	/* Without machine code (no such CPU) the interpreter does it. */
	p->jit = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0;
	buffer_free(&translated);
	return p;
out:
	buffer_free(&translated);
	pattern_free(p);
	return NULL;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->context);
	pcre2_jit_stack_free(p->stack);
	pcre2_code_free(p->code);
	free(p);
}

static int
search(struct pattern *p, const char *text, size_t length, size_t from)
{
	if (p->jit)
		return pcre2_jit_match(p->code, (PCRE2_SPTR)text, length,
		    from, PCRE2_NO_UTF_CHECK, p->data, p->context);
	return pcre2_match(p->code, (PCRE2_SPTR)text, length, from,
	    PCRE2_NO_UTF_CHECK, p->data, p->context);
}

int
pattern_next(struct pattern *p, const char *text, size_t length,
    struct pattern_match *m, struct error *err)
{
	size_t from = m->end, last = m->end;
	uint32_t limit = LIMIT_BASE, code;
	PCRE2_UCHAR message[256];
	const PCRE2_SIZE *ends;
	int rc;

	if (length > (UINT32_MAX - LIMIT_BASE) / LIMIT_BYTE)
		limit = UINT32_MAX;
	else
		limit += (uint32_t)length * LIMIT_BYTE;
	pcre2_set_match_limit(p->context, limit);
	for (;;) {
		rc = search(p, text, length, from);
		if (rc == PCRE2_ERROR_NOMATCH)
			return 0;
		if (rc < 0) {
			pcre2_get_error_message(rc, message,
			    sizeof(message));
			return error_set(err, STATUS_DATA,
			    "the pre-tokenizer's regex: %s",
			    (const char *)message);
		}
		ends = pcre2_get_ovector_pointer(p->data);
		if (ends[0] < ends[1] || ends[1] != last || !m->found)
			break;
		if (from >= length)
			return 0;
		from += utf8_decode(text + from, length - from, &code);
	}
	m->start = ends[0];
	m->end = ends[1];
	m->found = 1;
	return 1;
}
