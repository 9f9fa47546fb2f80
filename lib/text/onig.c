/*
 * Oniguruma's syntax to PCRE2's.  They differ in what \s, \w, \h, \v and \u
 * mean, in scripts against script extensions, in {,n}, and in what may stand
 * inside a class; the rest of what tokenizers use is the same in both.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/text/onig.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

/* White_Space; PCRE2's \s has U+180E too. */
#define SPACE "\\x09-\\x0d\\x20\\x85\\xa0\\x{1680}\\x{2000}-\\x{200a}" \
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
#define WORD "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"
#define HEX "0-9A-Fa-f"

struct translator {
	const char *s;
	size_t at;
	size_t length;
	int in_class;
	int after_set; /* the class's last element was a set */
	struct buffer *out;
	struct error *err;
};

static int
add(struct translator *t, const char *s, size_t length)
{
	if (buffer_add(t->out, s, length) == -1)
		return error_set(t->err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

static int
refuse(struct translator *t, size_t length)
{
	return error_set(t->err, STATUS_DATA,
	    "regex '%.*s': '%.*s' is not supported", (int)t->length, t->s,
	    (int)length, t->s + t->at);
}

/* A set of characters that PCRE2 has no short name for. */
static int
set(struct translator *t, const char *inside, int negated)
{
	if (t->in_class && negated)
		return refuse(t, 2);
	t->at += 2;
	t->after_set = 1;
	if (t->in_class)
		return add(t, inside, strlen(inside));
	if (add(t, negated ? "[^" : "[", negated ? 2 : 1) == -1 ||
	    add(t, inside, strlen(inside)) == -1)
		return -1;
	return add(t, "]", 1);
}

static int
is_script(const char *name, size_t length)
{
	char pattern[64];
	pcre2_code *code;
	PCRE2_SIZE where;
	int n, error;

	n = snprintf(pattern, sizeof(pattern), "\\p{sc:%.*s}", (int)length,
	    name);
	if (n < 0 || (size_t)n >= sizeof(pattern))
		return 0;
	code = pcre2_compile((PCRE2_SPTR)pattern, (size_t)n,
	    PCRE2_UTF | PCRE2_UCP, &error, &where, NULL);
	pcre2_code_free(code);
	return code != NULL;
}

/* \p{Han} is the script; in PCRE2 that is \p{sc:Han}. */
static int
property(struct translator *t)
{
	const char *s = t->s + t->at, *close;
	const char *name = s + 3;
	size_t rest = t->length - t->at;

	t->after_set = 1;
	close = rest > 3 && s[2] == '{' ? memchr(s, '}', rest) : NULL;
	if (close == NULL)
		return refuse(t, rest < 3 ? rest : 3);
	name += *name == '^';
	t->at += (size_t)(close - s) + 1;
	if (!is_script(name, (size_t)(close - name)))
		return add(t, s, (size_t)(close - s) + 1);
	if (add(t, s, (size_t)(name - s)) == -1 || add(t, "sc:", 3) == -1)
		return -1;
	return add(t, name, (size_t)(close - name) + 1);
}

/* \uHHHH */
static int
code_point(struct translator *t)
{
	const char *s = t->s + t->at;

	if (t->length - t->at < 6)
		return refuse(t, t->length - t->at);
	for (size_t i = 2; i < 6; i++)
		if (!isxdigit((unsigned char)s[i]))
			return refuse(t, 6);
	t->at += 6;
	if (add(t, "\\x{", 3) == -1 || add(t, s + 2, 4) == -1)
		return -1;
	return add(t, "}", 1);
}

static int
escape(struct translator *t)
{
	const char *s = t->s + t->at;
	unsigned char c;

	if (t->length - t->at < 2)
		return refuse(t, 1);
	c = (unsigned char)s[1];
	t->after_set = 0;
	switch (c) {
	case 's':
	case 'S':
		return set(t, SPACE, c == 'S');
	case 'w':
	case 'W':
		return set(t, WORD, c == 'W');
	case 'h':
	case 'H':
		return set(t, HEX, c == 'H');
	case 'p':
	case 'P':
		return property(t);
	case 'u':
		return code_point(t);
	case 'v':
		t->at += 2;
		return add(t, "\\x0b", 4);
	case 'd':
	case 'D':
		t->after_set = 1;
		break;
	case 'n': case 'r': case 't': case 'f': case 'a': case 'e':
		break;
	case 'A': case 'z':
		if (t->in_class)
			return refuse(t, 2);
		break;
	default:
		/* Letters have other meanings; punctuation has none. */
		if (isalnum(c) || c >= 0x80)
			return refuse(t, 2);
		break;
	}
	t->at += 2;
	return add(t, s, 2);
}

static int
in_class(struct translator *t)
{
	const char *s = t->s + t->at;
	size_t rest = t->length - t->at;

	if (*s == '[' || (*s == '&' && rest > 1 && s[1] == '&'))
		return refuse(t, rest < 2 ? rest : 2);
	if (*s == ']')
		t->in_class = 0;
	t->at++;
	/* A '-' behind a set is a '-', also where the set was spelled out. */
	if (*s == '-' && t->after_set)
		return add(t, "\\-", 2);
	t->after_set = 0;
	return add(t, s, 1);
}

/* What follows "(?": the groups that are alike, and the flag i. */
static int
group(struct translator *t)
{
	static const char *const known[] = {
	    "(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"};
	const char *s = t->s + t->at;
	size_t rest = t->length - t->at, n;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		n = strlen(known[i]);
		if (rest >= n && memcmp(s, known[i], n) == 0) {
			t->at += n;
			return add(t, s, n);
		}
	}
	for (n = 2; n < rest && (s[n] == 'i' || s[n] == '-');)
		n++;
	if (n == 2 || n == rest || (s[n] != ':' && s[n] != ')'))
		return refuse(t, rest < 4 ? rest : 4);
	t->at += n + 1;
	return add(t, s, n + 1);
}

/* {n}, {n,}, {n,m} are alike, {,n} is {0,n}; any other brace is itself. */
static int
braces(struct translator *t)
{
	const char *s = t->s + t->at;
	size_t rest = t->length - t->at, n = 1, digits = 0;

	while (n < rest && (isdigit((unsigned char)s[n]) || s[n] == ','))
		digits += s[n++] != ',';
	if (n == rest || s[n] != '}' || digits == 0 || digits + 2 < n) {
		t->at++;
		return add(t, "\\{", 2);
	}
	/* "possessive" there is "repeated" here */
	if (n + 1 < rest && s[n + 1] == '+')
		return refuse(t, n + 2);
	t->at += n + 1;
	if (add(t, "{", 1) == -1 || (s[1] == ',' && add(t, "0", 1) == -1))
		return -1;
	return add(t, s + 1, n);
}

static int
outside(struct translator *t)
{
	const char *s = t->s + t->at;
	size_t rest = t->length - t->at;

	if (*s == '{')
		return braces(t);
	if (*s == '(' && rest > 1 && s[1] == '?')
		return group(t);
	/* A verb "(*...)" is PCRE2's own. */
	if (*s == '(' && rest > 1 && s[1] == '*')
		return refuse(t, 2);
	t->at++;
	if (*s != '[')
		return add(t, s, 1);
	t->in_class = 1;
	t->after_set = 0;
	if (add(t, s, 1) == -1)
		return -1;
	if (rest > 1 && s[1] == '^') {
		t->at++;
		if (add(t, "^", 1) == -1)
			return -1;
	}
	if (t->at < t->length && t->s[t->at] == ']') {
		t->at++;
		return add(t, "\\]", 2);
	}
	return 0;
}

int
onig_translate(const char *source, size_t length, struct buffer *out,
    struct error *err)
{
	struct translator t = {
	    .s = source, .length = length, .out = out, .err = err};
	int rc = 0;

	while (rc == 0 && t.at < length) {
		if (source[t.at] == '\\')
			rc = escape(&t);
		else if (t.in_class)
			rc = in_class(&t);
		else
			rc = outside(&t);
	}
	return rc;
}
