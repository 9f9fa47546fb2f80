/*
 * JSON text to jansson's values.  Not jansson's own parser, since that one
 * loses the text of numbers.
 */
#include "lib/io/decode.h"

#include <string.h>

#include "lib/base/buffer.h"
#include "lib/io/number.h"

#define DEPTH 512

struct parser {
	const char *begin, *p, *end;
	struct buffer scratch; /* a string whose escapes are resolved */
	size_t depth;
	struct error *err;
};

static json_t *parse_value(struct parser *r);

static int
fail(struct parser *r, const char *at, const char *what)
{
	return error_set(r->err, STATUS_DATA, "column %zu: %s",
	    (size_t)(at - r->begin) + 1, what);
}

static int
no_memory(struct parser *r)
{
	return error_set(r->err, STATUS_TEMPFAIL, "out of memory");
}

static void
skip_space(struct parser *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	    *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

/* Whether the next byte is ${c}, which is then taken. */
static int
take(struct parser *r, char c)
{
	skip_space(r);
	if (r->p == r->end || *r->p != c)
		return 0;
	r->p++;
	return 1;
}

/* Four hexadecimal digits; -1 if they are none. */
static long
take_hex(struct parser *r)
{
	long value = 0;
	int i;
	char c;

	if (r->end - r->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		c = *r->p++;
		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + c - 'A' + 10;
		else
			return -1;
	}
	return value;
}

static int
add_utf8(struct parser *r, long c)
{
	char s[4];
	size_t n = 0;

	if (c < 0x80) {
		s[n++] = (char)c;
	} else if (c < 0x800) {
		s[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		s[n++] = (char)(0xe0 | c >> 12);
		s[n++] = (char)(0x80 | (c >> 6 & 63));
	} else {
		s[n++] = (char)(0xf0 | c >> 18);
		s[n++] = (char)(0x80 | (c >> 12 & 63));
		s[n++] = (char)(0x80 | (c >> 6 & 63));
	}
	if (c >= 0x80)
		s[n++] = (char)(0x80 | (c & 63));
	return buffer_add(&r->scratch, s, n) != 0 ? no_memory(r) : 0;
}

/* \uXXXX, the 'u' being taken; a high surrogate wants its low one. */
static int
take_unicode(struct parser *r)
{
	const char *at = r->p - 2;
	long c = take_hex(r), low;

	if (c < 0)
		return fail(r, at, "bad \\u escape");
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return fail(r, at, "a lone surrogate");
		r->p += 2;
		low = take_hex(r);
		if (low < 0xdc00 || low > 0xdfff)
			return fail(r, at, "a lone surrogate");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return fail(r, at, "a lone surrogate");
	}
	return add_utf8(r, c);
}

static int
take_escape(struct parser *r)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char c;

	if (r->p == r->end)
		return fail(r, r->p, "a string without its end");
	c = *r->p++;
	if (c == 'u')
		return take_unicode(r);
	found = c != '\0' ? strchr(names, c) : NULL;
	if (found == NULL)
		return fail(r, r->p - 2, "bad escape");
	if (buffer_add(&r->scratch, &bytes[found - names], 1) != 0)
		return no_memory(r);
	return 0;
}

/*
 * A string, its first quote being taken.  Without escapes it is given where
 * it lies, else in the scratch buffer: until the next string.
 */
static int
take_string(struct parser *r, const char **text, size_t *length)
{
	const char *begin = r->p;
	int escapes = 0;

	for (;;) {
		while (r->p < r->end && *r->p != '"' && *r->p != '\\' &&
		    (unsigned char)*r->p >= 0x20)
			r->p++;
		if (r->p == r->end)
			return fail(r, r->p, "a string without its end");
		if ((unsigned char)*r->p < 0x20)
			return fail(r, r->p, "a control character");
		if (!escapes && *r->p == '\\')
			buffer_clear(&r->scratch);
		if (*r->p == '\\' || escapes)
			if (buffer_add(&r->scratch, begin,
			    (size_t)(r->p - begin)) != 0)
				return no_memory(r);
		if (*r->p++ == '"')
			break;
		escapes = 1;
		if (take_escape(r) != 0)
			return -1;
		begin = r->p;
	}
	*text = escapes ? r->scratch.data : begin;
	*length = escapes ? r->scratch.length : (size_t)(r->p - 1 - begin);
	return 0;
}

/* Jansson refused a text: for what it is, or for want of memory. */
static int
refused(struct parser *r, const char *at, const char *text, size_t length,
    const char *what)
{
	json_t *checked = json_stringn(text, length);
	json_t *any = json_stringn_nocheck(text, length);
	int bad = checked == NULL && any != NULL;

	json_decref(checked);
	json_decref(any);
	return bad ? fail(r, at, what) : no_memory(r);
}

static json_t *
parse_string(struct parser *r)
{
	const char *at = r->p - 1, *text;
	json_t *value;
	size_t length;

	if (take_string(r, &text, &length) != 0)
		return NULL;
	value = json_stringn(text, length);
	if (value == NULL)
		refused(r, at, text, length, "a string that is not UTF-8");
	return value;
}

/* "key": value, into the object. */
static int
parse_member(struct parser *r, json_t *object)
{
	const char *at, *text;
	struct buffer key = {0};
	json_t *value;
	size_t length;
	int result = -1;

	if (!take(r, '"'))
		return fail(r, r->p, "expected a key");
	at = r->p - 1;
	if (take_string(r, &text, &length) != 0)
		return -1;
	/* The value's strings will want the scratch buffer. */
	if (buffer_add(&key, text, length) != 0)
		return no_memory(r);
	if (json_object_getn(object, key.data, length) != NULL) {
		error_set(r->err, STATUS_DATA,
		    "column %zu: key \"%.100s\" twice",
		    (size_t)(at - r->begin) + 1, key.data);
		goto out;
	}
	if (!take(r, ':')) {
		fail(r, r->p, "expected ':'");
		goto out;
	}
	value = parse_value(r);
	if (value == NULL)
		goto out;
	/* Takes the reference, also where it fails. */
	if (json_object_setn_new(object, key.data, length, value) != 0) {
		refused(r, at, key.data, length, "a key that is not UTF-8");
		goto out;
	}
	result = 0;
out:
	buffer_free(&key);
	return result;
}

static int
parse_element(struct parser *r, json_t *array)
{
	json_t *value = parse_value(r);

	if (value == NULL)
		return -1;
	return json_array_append_new(array, value) != 0 ? no_memory(r) : 0;
}

/* What stands between brackets, the first being taken. */
static json_t *
parse_container(struct parser *r, json_t *container, char close,
    int part(struct parser *, json_t *))
{
	if (container == NULL) {
		no_memory(r);
		return NULL;
	}
	if (++r->depth > DEPTH) {
		fail(r, r->p - 1, "nested too deeply");
		goto out;
	}
	if (!take(r, close)) {
		do
			if (part(r, container) != 0)
				goto out;
		while (take(r, ','));
		if (!take(r, close)) {
			fail(r, r->p, close == '}' ? "expected ',' or '}'" :
			    "expected ',' or ']'");
			goto out;
		}
	}
	r->depth--;
	return container;
out:
	json_decref(container);
	return NULL;
}

static json_t *
parse_word(struct parser *r, const char *word, json_t *value)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0) {
		fail(r, r->p, "expected a value");
		return NULL;
	}
	r->p += n;
	return value;
}

static json_t *
parse_number(struct parser *r)
{
	json_t *value = NULL;
	size_t n = number_read(r->p, (size_t)(r->end - r->p), &value);

	if (n == 0)
		fail(r, r->p, *r->p == '-' || (*r->p >= '0' && *r->p <= '9') ?
		    "bad number" : "expected a value");
	else if (value == NULL)
		no_memory(r);
	r->p += n;
	return value;
}

static json_t *
parse_value(struct parser *r)
{
	skip_space(r);
	if (r->p == r->end) {
		fail(r, r->p, "expected a value");
		return NULL;
	}
	switch (*r->p) {
	case '{':
		r->p++;
		return parse_container(r, json_object(), '}', parse_member);
	case '[':
		r->p++;
		return parse_container(r, json_array(), ']', parse_element);
	case '"':
		r->p++;
		return parse_string(r);
	case 't':
		return parse_word(r, "true", json_true());
	case 'f':
		return parse_word(r, "false", json_false());
	case 'n':
		return parse_word(r, "null", json_null());
	default:
		return parse_number(r);
	}
}

json_t *
decode_json(const char *text, size_t length, struct error *err)
{
	struct parser r = {.begin = text, .p = text, .end = text + length,
	    .err = err};
	json_t *value = parse_value(&r);

	skip_space(&r);
	if (value != NULL && r.p != r.end) {
		fail(&r, r.p, "more text behind the value");
		json_decref(value);
		value = NULL;
	}
	buffer_free(&r.scratch);
	return value;
}
