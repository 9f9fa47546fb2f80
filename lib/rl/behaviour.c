/* Reasoning behaviours by the words that announce them. */
#include "lib/rl/behaviour.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

static const struct {
	const char *name;
	const char *re; /* without regard to letter case */
} table[BEHAVIOURS] = {
	{"self_verification",
	    "\\b(?:let(?:'|\xe2\x80\x99)?s|let me|let us|to"
	    "|i(?:'|\xe2\x80\x99)ll|we can|we) "
	    "(?:double[- ]?check|verify|check|confirm)\\b"
	    "|\\b(?:double[- ]check(?:ing)?|verif(?:y|ying|ication)"
	    "|checking|sanity check)\\b"},
	{"backtracking",
	    "\\b(?:wait|alternatively|backtrack(?:ing)?"
	    "|start(?:ing)? over|go(?:ing)? back"
	    "|try (?:again|another|a different|something else)"
	    "|another (?:approach|way)|different approach)\\b"},
	{"subproblem_decomposition",
	    "\\bstep \\d|\\bbreak (?:it|this|the problem|them) (?:down|into)\\b"
	    "|\\bsub-?(?:problem|goal|task)s?\\b"
	    "|\\bfirst(?:ly)?,? "
	    "(?:we|i|let|find|calculate|compute|determine)\\b"
	    "|\\bone (?:step|part) at a time\\b"},
	{"error_correction",
	    "\\b(?:mistakes?|made an error|error in|i was wrong"
	    "|(?:that|this)(?:'|\xe2\x80\x99| i)s (?:wrong|not right|incorrect"
	    "|not correct)|correction|correct(?:ing)? (?:this|that|the error)"
	    "|oops|recalculate|should have been)\\b|\\bno, (?:that|it|i|the)\\b"
	    "|\\bactually,"},
	{"code",
	    "```|^[ \\t]*(?:def \\w+\\(|import \\w+|from \\w+ import "
	    "|#include\\b)"
	    "|\\bprint\\("},
};

struct behaviour {
	pcre2_code *code[BEHAVIOURS];
	pcre2_match_data *match;
};

const char *
behaviour_name(size_t i)
{
	return table[i].name;
}

struct behaviour *
behaviour_new(struct error *err)
{
	struct behaviour *b = calloc(1, sizeof(*b));
	PCRE2_SIZE at;
	size_t i;
	int code;

	if (b == NULL || (b->match = pcre2_match_data_create(1, NULL)) == NULL)
		goto bad;
	for (i = 0; i < BEHAVIOURS; i++) {
		b->code[i] = pcre2_compile((PCRE2_SPTR)table[i].re,
		    PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_CASELESS |
		    PCRE2_MULTILINE, &code, &at, NULL);
		if (b->code[i] == NULL)
			goto bad;
		/* Faster where it is available; matching works without. */
		(void)pcre2_jit_compile(b->code[i], PCRE2_JIT_COMPLETE);
	}
	return b;
bad:
	behaviour_free(b);
	error_set(err, STATUS_INTERNAL, "behaviours: out of memory");
	return NULL;
}

void
behaviour_free(struct behaviour *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < BEHAVIOURS; i++)
		pcre2_code_free(b->code[i]);
	pcre2_match_data_free(b->match);
	free(b);
}

unsigned
behaviour_seen(const struct behaviour *b, const char *text, size_t length)
{
	unsigned seen = 0;
	size_t i;

	for (i = 0; i < BEHAVIOURS; i++)
		if (pcre2_match(b->code[i], (PCRE2_SPTR)text, length, 0, 0,
		    b->match, NULL) >= 0)
			seen |= 1u << i;
	return seen;
}
