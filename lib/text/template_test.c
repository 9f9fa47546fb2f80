#include "lib/text/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/tokenizer.h"

#define FIXTURES "testdata/tokenizer/"
#define CHATML(system, question) "<|im_start|>system\n" system \
    "<|im_end|>\n<|im_start|>user\n" question \
    "<|im_end|>\n<|im_start|>assistant\n"

static void
check_chat(const struct template *t, const char *where, const json_t *c)
{
	const json_t *list = json_object_get(c, "messages"), *turn, *content;
	struct template_message m[16];
	struct error err = {0};
	struct buffer out = {0};
	size_t i;

	assert_true(json_array_size(list) <= 16);
	json_array_foreach(list, i, turn) {
		content = json_object_get(turn, "content");
		m[i].role = json_string_value(json_object_get(turn, "role"));
		m[i].content = json_string_value(content);
		m[i].length = json_string_length(content);
	}
	if (template_render_messages(t, m, i, NULL, NULL, &out, &err) == -1)
		fail_msg("%s: %s", where, err.text);
	if (strcmp(out.data,
	    json_string_value(json_object_get(c, "prompt"))) != 0)
		fail_msg("%s: '%s'", where, out.data);
	buffer_free(&out);
}

/* The prompts in the fixtures are transformers' apply_chat_template's. */
static void
test_agrees_with_transformers(void **state)
{
	static const char *const names[][2] = {{"qwen", "chatml"},
	    {"smollm", "chatml"}, {"llama3", "llama3"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct error err = {0};
		struct template *t;
		char path[128], where[160], *line = NULL;
		size_t capacity = 0, n = 0;
		json_t *c;
		FILE *f;

		snprintf(path, sizeof(path), FIXTURES "%s", names[i][0]);
		t = template_from_checkpoint(path, &err);
		assert_non_null(t);
		assert_string_equal(template_name(t), names[i][1]);
		assert_int_equal(template_flags(t), TOKENIZER_SPECIAL);
		snprintf(path, sizeof(path), FIXTURES "%s/chats.jsonl",
		    names[i][0]);
		f = fopen(path, "r");
		assert_non_null(f);
		while (getline(&line, &capacity, f) > 0) {
			snprintf(where, sizeof(where), "%s:%zu", path, ++n);
			c = json_loads(line, 0, NULL);
			assert_non_null(c);
			check_chat(t, where, c);
			json_decref(c);
		}
		assert_int_equal(n, 40);
		free(line);
		fclose(f);
		template_close(t);
	}
}

static void
check_prompt(const char *name, const char *dir, const char *system,
    const char *instruction, const char *prompt)
{
	struct error err = {0};
	struct buffer out = {0};
	struct template *t = template_open(name, dir, &err);

	if (t == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(template_render(t, system, instruction, "Q?", &out,
	    &err), 0);
	assert_string_equal(out.data, prompt);
	buffer_free(&out);
	template_close(t);
}

static void
test_system_and_instruction(void **state)
{
	const char *qwen = FIXTURES "qwen", *llama = FIXTURES "llama3";

	(void)state;
	check_prompt(NULL, qwen, NULL, "Think.", CHATML("You are Qwen, "
	    "created by Alibaba Cloud. You are a helpful assistant.",
	    "Q? Think."));
	check_prompt("chatml", qwen, "Be brief.", "\nThink.",
	    CHATML("Be brief.", "Q?\nThink."));
	check_prompt(NULL, qwen, "", "", CHATML("", "Q?"));
	check_prompt("chatml", NULL, NULL, NULL, "<|im_start|>user\nQ?"
	    "<|im_end|>\n<|im_start|>assistant\n");
	/* Another kind's system prompt is not taken over. */
	check_prompt("llama3", qwen, NULL, NULL, "<|begin_of_text|>"
	    "<|start_header_id|>user<|end_header_id|>\n\nQ?<|eot_id|>"
	    "<|start_header_id|>assistant<|end_header_id|>\n\n");
	check_prompt(NULL, llama, " S\n", NULL, "<|begin_of_text|>"
	    "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
	    "<|start_header_id|>user<|end_header_id|>\n\nQ?<|eot_id|>"
	    "<|start_header_id|>assistant<|end_header_id|>\n\n");
	check_prompt("plain", qwen, NULL, "Think.", "Q? Think.");
	check_prompt("plain", NULL, "S", NULL, "S\n\nQ?");
	check_prompt(NULL, FIXTURES "fused", NULL, NULL, "Q?");
}

/* A directory with one file in it, and the template it makes. */
static struct template *
open_with(const char *file, const char *text, int by_name,
    struct error *err)
{
	char dir[] = "/tmp/template_test.XXXXXX", path[96];
	struct template *t;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	t = template_open(by_name ? path : NULL, dir, err);
	unlink(path);
	rmdir(dir);
	return t;
}

static void
test_file(void **state)
{
	struct error err = {0};
	struct buffer out = {0};
	struct template *t = open_with("t.txt",
	    "{system}|{{question}} {other}\n{question}{", 1, &err);

	(void)state;
	assert_non_null(t);
	assert_string_equal(template_name(t), "file");
	assert_int_equal(template_render(t, "S", "I", "{question}", &out,
	    &err), 0);
	assert_string_equal(out.data,
	    "S|{{question} I} {other}\n{question} I{");
	buffer_free(&out);
	template_close(t);
	assert_null(open_with("t.txt", "no place", 1, &err));
	assert_int_equal(err.status, STATUS_DATA);
	assert_non_null(strstr(err.text, "no {question}"));
	assert_null(open_with("t.txt", "\xFF{question}", 1, &err));
	assert_int_equal(err.status, STATUS_DATA);
	assert_null(template_open("no-such-file", NULL, &err));
	assert_int_equal(err.status, STATUS_NOINPUT);
	template_close(NULL);
}

static void
check_jinja(const char *jinja, const char *prompt)
{
	struct error err = {0};
	struct buffer out = {0};
	struct template *t = open_with("chat_template.jinja", jinja, 0,
	    &err);

	if (t == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(template_render(t, NULL, NULL, "Q?", &out, &err),
	    0);
	assert_string_equal(out.data, prompt);
	buffer_free(&out);
	template_close(t);
}

static void
test_recognises(void **state)
{
	struct error err = {0};

	(void)state;
	check_jinja("{{ \"<|im_start|>system\\nIt's \\\"me\\\".<|im_end|>\\n\""
	    " }}", CHATML("It's \"me\".", "Q?"));
	check_jinja("{% if x %}<|im_start|>system\nRaw<|im_end|>\n{% endif %}",
	    CHATML("Raw", "Q?"));
	check_jinja("{{ '<|im_start|>system\\n' + s + '<|im_end|>' }}",
	    "<|im_start|>user\nQ?<|im_end|>\n<|im_start|>assistant\n");
	check_jinja("{{ '<|im_start|>assistant\\n<think>\\n' }}",
	    "<|im_start|>user\nQ?<|im_end|>\n<|im_start|>assistant\n"
	    "<think>\n");
	check_jinja("{%- set date_string = \"26 Jul 2024\" %}"
	    "{{ \"<|start_header_id|>\" }}"
	    "{{- \"Cutting Knowledge Date: December 2023\\n\" }}",
	    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
	    "Cutting Knowledge Date: December 2023\n"
	    "Today Date: 26 Jul 2024\n\n<|eot_id|>"
	    "<|start_header_id|>user<|end_header_id|>\n\nQ?<|eot_id|>"
	    "<|start_header_id|>assistant<|end_header_id|>\n\n");
	assert_null(open_with("chat_template.jinja", "[INST]", 0, &err));
	assert_int_equal(err.status, STATUS_DATA);
	assert_non_null(strstr(err.text, "neither chatml nor llama3"));
	assert_null(open_with("tokenizer_config.json", "{", 0, &err));
	assert_int_equal(err.status, STATUS_DATA);
}

static void
test_messages(void **state)
{
	struct template_message m[] = {{"user", "one", 3},
	    {"assistant", "<think>\nx\n</think>\n\ntwo", 23},
	    {"user", "three", 5}};
	struct error err = {0};
	struct buffer out = {0};
	struct template *t = template_open("plain", NULL, &err);

	(void)state;
	m[1].length = strlen(m[1].content);
	assert_int_equal(template_render_messages(t, m, 3, "S", "I", &out,
	    &err), 0);
	assert_string_equal(out.data,
	    "S\n\none\n\n<think>\nx\n</think>\n\ntwo\n\nthree I");
	template_close(t);
	/* Qwen3 forgets what it thought before. */
	t = open_with("chat_template.jinja", "{{ '<|im_start|>' }}"
	    "{%- set content = content.split('</think>')[-1] %}", 0, &err);
	buffer_clear(&out);
	assert_int_equal(template_render_messages(t, m, 3, NULL, NULL, &out,
	    &err), 0);
	assert_string_equal(out.data, "<|im_start|>user\none<|im_end|>\n"
	    "<|im_start|>assistant\ntwo<|im_end|>\n"
	    "<|im_start|>user\nthree<|im_end|>\n<|im_start|>assistant\n");
	buffer_free(&out);
	m[1].role = "tool";
	assert_int_equal(template_render_messages(t, m, 3, NULL, NULL, &out,
	    &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_string_equal(err.text,
	    "messages[1]: role 'tool' is not supported");
	assert_int_equal(template_render_messages(t, m, 0, NULL, NULL, &out,
	    &err), -1);
	assert_string_equal(err.text, "messages have no user turn");
	buffer_free(&out);
	template_close(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agrees_with_transformers),
	    cmocka_unit_test(test_system_and_instruction),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_recognises),
	    cmocka_unit_test(test_messages),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
