/*
 * How fast texts become ids: tokenizer_bench [DIR FILE.jsonl].  Every string
 * in a record of the file is a text; they are encoded again and again up to
 * 10 MB, one by one.  Prints one line of JSON; `hash` is FNV-1a over the ids.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/text/tokenizer.h"

#define BYTES 10000000

/* The strings of all records, in order. */
static json_t *
read_texts(const char *path)
{
	json_t *texts = json_array(), *record, *value;
	char *line = NULL;
	const char *key;
	size_t capacity = 0;
	ssize_t n;
	FILE *f = fopen(path, "r");

	while (f != NULL && (n = getline(&line, &capacity, f)) > 0) {
		record = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
		json_object_foreach(record, key, value)
			if (json_string_length(value) > 0)
				json_array_append(texts, value);
		json_decref(record);
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return texts;
}

int
main(int argc, char **argv)
{
	const char *dir = argc > 2 ? argv[1] : "testdata/tokenizer/qwen";
	const char *path = argc > 2 ? argv[2] :
	    "testdata/tokenizer/qwen/cases.jsonl";
	json_t *texts = read_texts(path), *text;
	size_t count = json_array_size(texts), bytes = 0, ids = 0;
	uint64_t hash = 0xCBF29CE484222325u;
	struct error err = {0};
	struct tokenizer *t;
	struct ids out = {0};
	double start;

	t = count > 0 ? tokenizer_open(dir, &err) : NULL;
	if (t == NULL) {
		fprintf(stderr, "tokenizer_bench: %s\n",
		    count > 0 ? err.text : "no texts");
		json_decref(texts);
		return 1;
	}
	start = clock_seconds();
	for (size_t i = 0; bytes < BYTES; i++) {
		text = json_array_get(texts, i % count);
		out.length = 0;
		if (tokenizer_encode(t, json_string_value(text),
		    json_string_length(text), TOKENIZER_SPECIAL, &out,
		    &err) == -1)
			break;
		bytes += json_string_length(text);
		ids += out.length;
		for (size_t k = 0; k < out.length; k++)
			hash = (hash ^ (uint32_t)out.data[k]) *
			    0x100000001B3u;
	}
	start = clock_seconds() - start;
	printf("{\"bench\":\"tokenizer\",\"op\":\"encode\",\"shape\":\"%zu "
	    "bytes\",\"us\":%.1f,\"gbs\":%.4f,\"ids\":%zu,"
	    "\"hash\":\"%016llx\"}\n",
	    bytes, start * 1e6, (double)bytes / start / 1e9, ids,
	    (unsigned long long)hash);
	ids_free(&out);
	tokenizer_close(t);
	json_decref(texts);
	return bytes < BYTES;
}
