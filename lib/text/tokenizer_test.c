#include "lib/text/tokenizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIXTURES "testdata/tokenizer/"

static struct tokenizer *
open_fixture(const char *name)
{
	struct error err = {0};
	struct tokenizer *t;
	char path[512];

	snprintf(path, sizeof(path), FIXTURES "%s", name);
	t = tokenizer_open(path, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	return t;
}

static void
check_case(struct tokenizer *t, const char *where, const json_t *c)
{
	const json_t *ids = json_object_get(c, "ids");
	const json_t *text = json_object_get(c, "text");
	const json_t *decoded = json_object_get(c, "decoded");
	struct error err = {0};
	struct buffer back = {0};
	struct ids out = {0};
	unsigned flags = 0;

	if (json_is_true(json_object_get(c, "special")))
		flags |= TOKENIZER_SPECIAL;
	if (json_is_true(json_object_get(c, "post")))
		flags |= TOKENIZER_POSTPROCESS;
	if (tokenizer_encode(t, json_string_value(text),
	    json_string_length(text), flags, &out, &err) == -1)
		fail_msg("%s: %s", where, err.text);
	if (out.length != json_array_size(ids))
		fail_msg("%s: %zu ids, not %zu", where, out.length,
		    json_array_size(ids));
	for (size_t i = 0; i < out.length; i++)
		if (out.data[i] != json_integer_value(json_array_get(ids, i)))
			fail_msg("%s: id %zu is %d", where, i, out.data[i]);
	assert_int_equal(tokenizer_decode(t, out.data, out.length, 0, &back,
	    &err), 0);
	if (back.length != json_string_length(decoded) || (back.length > 0 &&
	    memcmp(back.data, json_string_value(decoded), back.length) != 0))
		fail_msg("%s: decodes to '%s'", where, back.data);
	ids_free(&out);
	buffer_free(&back);
}

/* Every fixture's ids were computed by the Rust library. */
static size_t
check_fixture(const char *name)
{
	struct tokenizer *t = open_fixture(name);
	char path[512], where[600], *line = NULL;
	size_t capacity = 0, n = 0;
	json_t *c;
	FILE *f;

	snprintf(path, sizeof(path), FIXTURES "%s/cases.jsonl", name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (getline(&line, &capacity, f) > 0) {
		snprintf(where, sizeof(where), "%s:%zu", path, ++n);
		c = json_loads(line, JSON_ALLOW_NUL, NULL);
		if (c == NULL)
			fail_msg("%s: not JSON", where);
		check_case(t, where, c);
		json_decref(c);
	}
	free(line);
	fclose(f);
	tokenizer_close(t);
	return n;
}

static void
test_agrees_with_rust(void **state)
{
	size_t fixtures = 0, cases = 0;
	struct dirent *e;
	DIR *d = opendir(FIXTURES);

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || strchr(e->d_name, '.') != NULL)
			continue;
		cases += check_fixture(e->d_name);
		fixtures++;
	}
	closedir(d);
	assert_true(fixtures >= 17);
	assert_true(cases >= 2500);
}

/* The bytes of the ids are the bytes of the text, whatever they are. */
static void
check_bytes(struct tokenizer *t, const char *text, size_t length)
{
	struct error err = {0};
	struct ids out = {0};
	size_t at = 0, n;
	const char *bytes;

	assert_int_equal(tokenizer_encode(t, text, length, TOKENIZER_SPECIAL,
	    &out, &err), 0);
	for (size_t i = 0; i < out.length; i++) {
		bytes = tokenizer_bytes(t, out.data[i], &n);
		assert_true(n <= length - at);
		assert_memory_equal(bytes, text + at, n);
		at += n;
	}
	assert_int_equal(at, length);
	ids_free(&out);
}

static void
test_any_bytes_round_trip(void **state)
{
	struct tokenizer *t = open_fixture("llama3");
	char text[64];

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t length = (size_t)rand() % sizeof(text);

		for (size_t i = 0; i < length; i++)
			text[i] = (char)(round % 2 ? rand() :
			    "\xE2\x82\xAC\xF0\x9F\x98\x80\xC3 a\xFF"[
			    rand() % 12]);
		check_bytes(t, text, length);
	}
	tokenizer_close(t);
}

/* A quadratic step anywhere would take hours here. */
static void
test_long_runs(void **state)
{
	static const char *const units[] = {"a", " ", "\n", "7", "e", "<",
	    "\xCC\x81", "\xCC\xA3\xCC\x81", "\xED\x95\x9C", "\xFF",
	    "<|im_start|", " \n"};
	size_t length = 1 << 20, n;
	struct tokenizer *qwen = open_fixture("qwen");
	struct tokenizer *llama = open_fixture("llama3");
	struct error err = {0};
	struct ids out = {0};
	char *text = malloc(length);

	(void)state;
	assert_non_null(text);
	for (size_t u = 0; u < sizeof(units) / sizeof(*units); u++) {
		n = strlen(units[u]);
		for (size_t i = 0; i < length; i++)
			text[i] = units[u][i % n];
		check_bytes(llama, text, length - length % n);
		out.length = 0;
		assert_int_equal(tokenizer_encode(qwen, text,
		    length - length % n, 0, &out, &err), 0);
		assert_true(out.length > 0);
	}
	free(text);
	ids_free(&out);
	tokenizer_close(qwen);
	tokenizer_close(llama);
}

static void
test_ids(void **state)
{
	struct tokenizer *t = open_fixture("qwen");
	int32_t end = tokenizer_id(t, "<|im_end|>");
	int32_t ids[] = {-1, 'A' - 33, (int32_t)tokenizer_size(t), INT32_MAX,
	    INT32_MIN, end, 'B' - 33};
	struct buffer out = {0};
	struct error err = {0};
	size_t n;

	(void)state;
	ids[1] = tokenizer_id(t, "A");
	ids[6] = tokenizer_id(t, "B");
	assert_true(end > 0 && ids[1] >= 0 && ids[6] >= 0);
	assert_int_equal(tokenizer_decode(t, ids, 7, 1, &out, &err), 0);
	assert_string_equal(out.data, "AB");
	buffer_clear(&out);
	assert_int_equal(tokenizer_decode(t, ids, 7, 0, &out, &err), 0);
	assert_string_equal(out.data, "A<|im_end|>B");
	buffer_free(&out);
	assert_true(tokenizer_is_special(t, end));
	assert_false(tokenizer_is_special(t, tokenizer_id(t, "<tool_call>")));
	assert_false(tokenizer_is_special(t, ids[1]));
	assert_false(tokenizer_is_special(t, -1));
	assert_false(tokenizer_is_special(t, INT32_MAX));
	assert_int_equal(tokenizer_id(t, "no such token"), -1);
	assert_null(tokenizer_bytes(t, -5, &n));
	assert_int_equal(n, 0);
	assert_int_equal(tokenizer_eos(t), end);
	assert_int_equal(tokenizer_bos(t), -1);
	tokenizer_close(t);
	t = open_fixture("llama3");
	assert_int_equal(tokenizer_bos(t),
	    tokenizer_id(t, "<|begin_of_text|>"));
	tokenizer_close(t);
	t = open_fixture("fused");
	assert_int_equal(tokenizer_eos(t), -1);
	tokenizer_close(t);
}

/* A tokenizer.json with these parts in a directory of its own. */
static void
check_refused(const char *part, const char *value, enum status status,
    const char *message)
{
	static const char *const base =
	    "{\"added_tokens\":[],\"normalizer\":null,"
	    "\"pre_tokenizer\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":false},\"post_processor\":null,"
	    "\"decoder\":{\"type\":\"ByteLevel\"},"
	    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},"
	    "\"merges\":[]}}";
	json_t *json = json_loads(base, 0, NULL);
	json_t *new = json_loads(value, JSON_DECODE_ANY, NULL);
	char dir[] = "/tmp/tokenizer_test.XXXXXX", path[64];
	struct error err = {0};
	struct tokenizer *t;

	assert_non_null(json);
	assert_non_null(new);
	assert_non_null(mkdtemp(dir));
	if (strncmp(part, "model.", 6) == 0)
		json_object_set_new(json_object_get(json, "model"), part + 6,
		    new);
	else
		json_object_set_new(json, part, new);
	snprintf(path, sizeof(path), "%s/tokenizer.json", dir);
	assert_int_equal(json_dump_file(json, path, 0), 0);
	t = tokenizer_open(dir, &err);
	unlink(path);
	rmdir(dir);
	json_decref(json);
	if (message == NULL) {
		if (t == NULL)
			fail_msg("%s", err.text);
		tokenizer_close(t);
		return;
	}
	if (t != NULL)
		fail_msg("%s = %s was accepted", part, value);
	assert_int_equal(err.status, status);
	if (strstr(err.text, message) == NULL ||
	    strstr(err.text, "/tokenizer.json: ") == NULL)
		fail_msg("%s = %s: '%s' does not say '%s'", part, value,
		    err.text, message);
}

static void
test_refuses_by_name(void **state)
{
	static const struct {
		const char *part, *value, *message;
	} cases[] = {
#define PRE(x) "{\"type\":\"Sequence\",\"pretokenizers\":[" x "]}"
#define LEVEL "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}"
#define SPLIT(p, b) "{\"type\":\"Split\",\"pattern\":" p \
    ",\"behavior\":\"" b "\"}"
#define FLAGS ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false," \
    "\"normalized\":false,\"special\":true"
	    {"pre_tokenizer", LEVEL, NULL},
	    {"pre_tokenizer", "{\"type\":\"Metaspace\"}",
	    "pre_tokenizer type 'Metaspace' is not supported"},
	    {"pre_tokenizer", "null", "pre_tokenizer of null"},
	    {"pre_tokenizer", "{}", "pre_tokenizer has no type"},
	    {"pre_tokenizer", PRE(""), "without ByteLevel"},
	    {"pre_tokenizer", PRE(LEVEL ",{\"type\":\"Digits\"}"),
	    "'Digits' behind ByteLevel"},
	    {"pre_tokenizer", PRE(SPLIT("{\"Regex\":\"(\"}", "Isolated")),
	    "missing closing parenthesis"},
	    {"pre_tokenizer", PRE(SPLIT("{\"Regex\":\"\\\\b\"}", "Isolated")),
	    "'\\b' is not supported"},
	    {"pre_tokenizer", PRE(SPLIT("{}", "Isolated")), "neither Regex"},
	    {"pre_tokenizer", PRE(SPLIT("{\"String\":\"x\"}", "Odd")),
	    "behavior 'Odd'"},
	    {"pre_tokenizer", "{\"type\":\"Sequence\"}",
	    "pre_tokenizer Sequence has no pretokenizers"},
	    {"normalizer", "{\"type\":\"NFKC\"}", "normalizer type 'NFKC'"},
	    {"normalizer", "{\"type\":\"Sequence\",\"normalizers\":[null]}",
	    "normalizer has no type"},
	    {"decoder", "{\"type\":\"WordPiece\"}", "decoder type 'WordPiece'"},
	    {"decoder", "null", "decoder type 'null'"},
	    {"post_processor", "{\"type\":\"BertProcessing\"}",
	    "post_processor type 'BertProcessing'"},
	    {"post_processor", "{\"type\":\"TemplateProcessing\",\"single\":"
	    "[{\"SpecialToken\":{\"id\":\"<s>\"}}]}", "special token '<s>'"},
	    {"post_processor", "{\"type\":\"TemplateProcessing\",\"single\":"
	    "[]}", "0 sequences"},
	    {"post_processor", "{\"type\":\"Sequence\",\"processors\":7}",
	    "post_processor Sequence has no processors"},
	    {"model", "null", "no model"},
	    {"model.type", "\"Unigram\"", "model type 'Unigram'"},
	    {"model.dropout", "0.1", "model.dropout"},
	    {"model.dropout", "0.0", NULL},
	    {"model.byte_fallback", "true", "model.byte_fallback"},
	    {"model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix"},
	    {"model.vocab", "[]", "no vocab"},
	    {"model.vocab", "{\"a\":\"0\"}", "'a' is not an integer"},
	    {"model.vocab", "{\"a\":-1}", "out of range"},
	    {"model.vocab", "{\"a\":99999999999}", "out of range"},
	    {"model.vocab", "{\"a\":0,\"b\":0}", "two tokens have the id 0"},
	    {"model.merges", "{}", "no merges"},
	    {"model.merges", "[\"a b\"]", "'a' + 'b' is not in"},
	    {"model.merges", "[\"ab\"]", "merges[0] is not a pair"},
	    {"model.merges", "[[\"a\"]]", "merges[0] is not a pair"},
	    {"model.merges", "[[\"a\",7]]", "merges[0] is not a pair"},
	    {"added_tokens", "[{\"id\":0,\"content\":\"b\"" FLAGS "}]",
	    "token 'b' has two ids, 1 and 0"},
	    {"added_tokens", "[{\"id\":7,\"content\":\"x\"}]",
	    "'single_word' is not true or false"},
	    {"added_tokens", "[7]", "no content or no id"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_refused(cases[i].part, cases[i].value, STATUS_DATA,
		    cases[i].message);
}

static void
test_missing(void **state)
{
	struct error err = {0};

	(void)state;
	assert_null(tokenizer_open("testdata/no-such-directory", &err));
	assert_int_equal(err.status, STATUS_NOINPUT);
	assert_non_null(strstr(err.text, "no-such-directory/tokenizer.json"));
	tokenizer_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agrees_with_rust),
	    cmocka_unit_test(test_any_bytes_round_trip),
	    cmocka_unit_test(test_long_runs),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_refuses_by_name),
	    cmocka_unit_test(test_missing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
