/* jansson's values to JSON text, with numbers as they came or shortest. */
#include "lib/io/encode.h"

#include <stdio.h>
#include <string.h>

#include "lib/io/number.h"

static int
add_string(struct buffer *b, const char *s, size_t length)
{
	char escape[8];
	const char *end = s + length, *run = s;
	int bad = buffer_add(b, "\"", 1);

	for (; s < end; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		bad |= buffer_add(b, run, (size_t)(s - run));
		run = s + 1;
		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c >= '\b' && c <= '\r' && c != '\v')
			snprintf(escape, sizeof(escape), "\\%c",
			    "btn?fr"[c - '\b']);
		else
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		bad |= buffer_add_string(b, escape);
	}
	bad |= buffer_add(b, run, (size_t)(s - run));
	return bad | buffer_add(b, "\"", 1);
}

static int
add_object(struct buffer *b, json_t *object)
{
	const char *key;
	size_t length;
	json_t *value;
	int bad = 0;
	char separator = '{';

	if (json_object_size(object) == 0)
		return buffer_add(b, "{}", 2);
	json_object_keylen_foreach(object, key, length, value) {
		bad |= buffer_add(b, &separator, 1);
		bad |= add_string(b, key, length);
		bad |= buffer_add(b, ":", 1);
		bad |= encode_json(b, value);
		separator = ',';
	}
	return bad | buffer_add(b, "}", 1);
}

static int
add_array(struct buffer *b, const json_t *array)
{
	size_t i, n = json_array_size(array);
	int bad = buffer_add(b, "[", 1);

	for (i = 0; i < n; i++) {
		if (i > 0)
			bad |= buffer_add(b, ",", 1);
		bad |= encode_json(b, json_array_get(array, i));
	}
	return bad | buffer_add(b, "]", 1);
}

int
encode_json(struct buffer *b, const json_t *value)
{
	char text[NUMBER_TEXT];

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return add_object(b, (json_t *)value);
	case JSON_ARRAY:
		return add_array(b, value);
	case JSON_STRING:
		if (number_text(value) != NULL)
			return buffer_add(b, number_text(value),
			    json_string_length(value) - 1);
		return add_string(b, json_string_value(value),
		    json_string_length(value));
	case JSON_INTEGER:
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return buffer_add_string(b, text);
	case JSON_REAL:
		return buffer_add(b, text,
		    number_print(text, json_real_value(value)));
	case JSON_TRUE:
		return buffer_add(b, "true", 4);
	case JSON_FALSE:
		return buffer_add(b, "false", 5);
	case JSON_NULL:
		break;
	}
	return buffer_add(b, "null", 4);
}
