/* Answers found by a regular expression. */
#include "lib/score/finder.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "lib/score/decimal.h"
#include "lib/score/think.h"

#define STEPS 1000000

struct finder {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

struct finder *
finder_new(const char *re, struct error *err)
{
	struct finder *p = calloc(1, sizeof(*p));
	PCRE2_UCHAR message[128];
	PCRE2_SIZE at;
	int code = 0;

	if (p == NULL)
		goto memory;
	p->code = pcre2_compile((PCRE2_SPTR)re, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (p->code == NULL) {
		pcre2_get_error_message(code, message, sizeof(message));
		error_set(err, STATUS_USAGE, "regex:%s: %s at byte %zu", re,
		    (const char *)message, (size_t)at);
		finder_free(p);
		return NULL;
	}
	p->match = pcre2_match_data_create_from_pattern(p->code, NULL);
	p->limits = pcre2_match_context_create(NULL);
	if (p->match == NULL || p->limits == NULL)
		goto memory;
	pcre2_set_match_limit(p->limits, STEPS);
	return p;
memory:
	finder_free(p);
	error_set(err, STATUS_TEMPFAIL, "out of memory");
	return NULL;
}

void
finder_free(struct finder *p)
{
	if (p == NULL)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_match_data_free(p->match);
	pcre2_code_free(p->code);
	free(p);
}

/* The last match's answer in ${s}; 1, 0 when there is none, -1 at the limit. */
static int
last_match(const struct finder *p, struct span s, struct span *text)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->match);
	size_t from = 0, end;
	int found = 0, groups, g;

	while (from <= s.length) {
		groups = pcre2_match(p->code, (PCRE2_SPTR)s.data, s.length,
		    from, 0, p->match, p->limits);
		if (groups == PCRE2_ERROR_NOMATCH)
			break;
		if (groups < 1 || at[0] > at[1])
			return -1;
		g = pcre2_get_ovector_count(p->match) > 1;
		if (g < groups && at[2 * g] != PCRE2_UNSET) {
			*text = span_slice(s, at[2 * g], at[2 * g + 1]);
			found = 1;
		}
		end = at[1];
		if (end <= from || at[0] == at[1])
			for (end = from > end ? from + 1 : end + 1;
			    end < s.length && (s.data[end] & 0xc0) == 0x80;)
				end++;
		from = end;
	}
	return found;
}

/* Equal as text or as decimals; 1, 0 or -1. */
static int
same(struct span a, struct span b)
{
	struct buffer x = {0}, y = {0};
	int rc;

	if (span_equal(a, b))
		return 1;
	if ((rc = decimal_canonical(a, &x)) == 1 &&
	    (rc = decimal_canonical(b, &y)) == 1)
		rc = span_equal((struct span){x.data, x.length},
		    (struct span){y.data, y.length});
	buffer_free(&x);
	buffer_free(&y);
	return rc;
}

int
finder_judge(const struct finder *p, struct span response, struct span gold,
    struct answer *a, struct error *err)
{
	struct span final = think_final(response), text;
	int rc;

	answer_reset(a, response.length);
	if (final.data == NULL)
		return answer_none(a, ANSWER_THINKING);
	rc = last_match(p, final, &text);
	if (rc < 0)
		a->status = ANSWER_TIMEOUT;
	if (rc <= 0)
		return 0;
	text = span_trim(text);
	if (answer_set(a, text, (size_t)(text.data - response.data),
	    ANSWER_MATCH, ANSWER_OK, err) != 0)
		return -1;
	rc = same(text, span_trim(gold));
	return rc < 0 ? error_set(err, STATUS_TEMPFAIL, "out of memory") : rc;
}
