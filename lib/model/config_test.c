/* config.json: the fixtures' values, and every refusal by its name. */
#include "lib/model/config.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64];

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/config_test.XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	remove_file("config.json");
	remove_file("generation_config.json");
	return rmdir(dir);
}

#define BASE \
	"{'model_type':'llama','architectures':['LlamaForCausalLM']," \
	"'hidden_size':32,'num_hidden_layers':2,'num_attention_heads':4," \
	"'num_key_value_heads':2,'intermediate_size':44,'vocab_size':100," \
	"'max_position_embeddings':128,'rms_norm_eps':1e-5}"

/* BASE with the members of ${more} (single quotes for double), read. */
static int
read_with(struct config *c, const char *more, struct error *err)
{
	char text[1024];
	json_t *a, *b;
	char *out;
	int result;

	snprintf(text, sizeof(text), "%s", BASE);
	for (char *p = text; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	assert_non_null(a = json_loads(text, 0, NULL));
	snprintf(text, sizeof(text), "%s", more);
	for (char *p = text; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	assert_non_null(b = json_loads(text, 0, NULL));
	assert_int_equal(json_object_update(a, b), 0);
	assert_non_null(out = json_dumps(a, 0));
	write_file("config.json", out);
	result = config_read(c, dir, err);
	free(out);
	json_decref(a);
	json_decref(b);
	return result;
}

static void
fixtures(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	assert_int_equal(
	    config_read(&c, "testdata/models/qwen2-tied", &err), 0);
	assert_string_equal(c.arch->model_type, "qwen2");
	assert_true(c.arch->qkv_bias && !c.arch->qk_norm);
	assert_int_equal(c.hidden, 32);
	assert_int_equal(c.layers, 3);
	assert_int_equal(c.heads, 4);
	assert_int_equal(c.kv_heads, 2);
	assert_int_equal(c.head_dim, 8);
	assert_int_equal(c.intermediate, 44);
	assert_int_equal(c.vocab, 261);
	assert_int_equal(c.max_positions, 256);
	assert_true(c.rms_eps == 1e-6);
	assert_true(c.rope_theta == 1e6);
	assert_true(c.rope_scaling.factor == 0);
	assert_true(c.tied && !c.bf16);
	assert_int_equal(c.bos_token, -1);
	assert_int_equal(c.pad_token, 256);
	assert_int_equal(c.stop_count, 2);
	assert_true(config_stops(&c, 258) && config_stops(&c, 256));
	assert_false(config_stops(&c, 257) || config_stops(&c, 0));

	assert_int_equal(
	    config_read(&c, "testdata/models/qwen2-sharded", &err), 0);
	assert_false(c.tied);
	assert_int_equal(c.head_dim, 4);
	assert_true(c.rope_theta == 1e4);

	assert_int_equal(
	    config_read(&c, "testdata/models/llama3-rope", &err), 0);
	assert_string_equal(c.arch->model_type, "llama");
	assert_int_equal(c.head_dim, 16);
	assert_true(c.rope_scaling.factor == 8);
	assert_true(c.rope_scaling.low_freq_factor == 1);
	assert_true(c.rope_scaling.high_freq_factor == 4);
	assert_true(c.rope_scaling.original_positions == 64);

	assert_int_equal(
	    config_read(&c, "testdata/models/llama-bf16", &err), 0);
	assert_int_equal(c.bf16, 1);
	assert_int_equal(c.head_dim, 6);
	assert_true(c.rope_theta == 1e5);

	assert_int_equal(config_read(&c, "testdata/models/qwen3", &err), 0);
	assert_true(!c.arch->qkv_bias && c.arch->qk_norm);
	assert_int_equal(c.head_dim, 24);
	assert_int_equal(c.kv_heads, 1);
	assert_true(c.rope_theta == 1e6);
}

/* What a table of changes to a valid llama configuration is refused with. */
static void
refusals(void **state)
{
	static const char *const cases[][2] = {
	    {"{'model_type':'gpt2'}", "model_type 'gpt2' is not supported"},
	    {"{'model_type':null}", "model_type: missing"},
	    {"{'model_type':3}", "model_type: expected a string"},
	    {"{'architectures':['LlamaForQuestionAnswering']}",
		"architecture 'LlamaForQuestionAnswering' is not supported"},
	    {"{'architectures':['Qwen2ForCausalLM']}",
		"architecture 'Qwen2ForCausalLM' is not supported"},
	    {"{'architectures':['LlamaForSequenceClassification']}",
		"num_labels: 2 labels are not supported, only one"},
	    {"{'architectures':['LlamaForTokenClassification'],"
	     "'id2label':{'0':'a','1':'b','2':'c'}}",
		"id2label: 3 labels are not supported, only one"},
	    {"{'architectures':['LlamaForSequenceClassification'],"
	     "'num_labels':-1}",
		"num_labels: expected an integer from 1 to 16777216"},
	    {"{'architectures':['LlamaForTokenClassification'],"
	     "'num_labels':1,'token_classification_bias':0}",
		"token_classification_bias: expected true or false"},
	    {"{'architectures':'x'}",
		"architectures: expected a list of strings"},
	    {"{'rope_scaling':{'type':'yarn','factor':4}}",
		"rope_scaling type 'yarn' is not supported"},
	    {"{'rope_parameters':{'rope_type':'linear','factor':4}}",
		"rope_parameters type 'linear' is not supported"},
	    {"{'rope_parameters':{'full_attention':{'rope_theta':5}}}",
		"rope_parameters of 'full_attention' is not supported"},
	    {"{'rope_scaling':4}", "rope_scaling: expected an object"},
	    {"{'rope_scaling':{'rope_type':'llama3','factor':8}}",
		"rope_scaling: low_freq_factor: missing"},
	    {"{'rope_scaling':{'rope_type':'llama3','factor':8,"
	     "'low_freq_factor':4,'high_freq_factor':4}}",
		"rope_scaling: high_freq_factor: expected more than "
		"low_freq_factor"},
	    {"{'rope_theta':0}", "rope_theta: expected a number above 0"},
	    {"{'rope_theta':'x'}", "rope_theta: expected a number above 0"},
	    {"{'partial_rotary_factor':0.5}",
		"partial_rotary_factor 0.5 is not supported"},
	    {"{'attention_bias':true}", "attention_bias is not supported"},
	    {"{'mlp_bias':true}", "mlp_bias is not supported"},
	    {"{'use_sliding_window':true}",
		"use_sliding_window is not supported"},
	    {"{'quantization_config':{'quant_method':'awq'}}",
		"quantization_config is not supported"},
	    {"{'hidden_act':'gelu'}", "hidden_act 'gelu' is not supported"},
	    {"{'layer_types':['full_attention','sliding_attention']}",
		"layer_types 'sliding_attention' is not supported"},
	    {"{'hidden_size':0}",
		"hidden_size: expected an integer from 1 to 1048576"},
	    {"{'hidden_size':-32}",
		"hidden_size: expected an integer from 1 to 1048576"},
	    {"{'hidden_size':32.0}",
		"hidden_size: expected an integer from 1 to 1048576"},
	    {"{'hidden_size':9223372036854775807}",
		"hidden_size: expected an integer from 1 to 1048576"},
	    {"{'hidden_size':null}", "hidden_size: missing"},
	    {"{'hidden_size':2}",
		"hidden_size: expected a multiple of "
		"num_attention_heads, without a head_dim"},
	    {"{'hidden_size':34}",
		"hidden_size: expected a multiple of "
		"num_attention_heads, without a head_dim"},
	    {"{'num_key_value_heads':3}",
		"num_key_value_heads: expected "
		"a divisor of num_attention_heads"},
	    {"{'head_dim':7}", "head_dim 7 is not supported: it is odd"},
	    {"{'head_dim':524288}",
		"head_dim: expected at most 1048576 in all heads"},
	    {"{'num_hidden_layers':5000}",
		"num_hidden_layers: expected an integer from 1 to 4096"},
	    {"{'rms_norm_eps':null}", "rms_norm_eps: missing"},
	    {"{'tie_word_embeddings':1}",
		"tie_word_embeddings: expected true or false"},
	    {"{'eos_token_id':100}",
		"eos_token_id: expected ids below "
		"the vocabulary's size, 100"},
	    {"{'eos_token_id':[1,'2']}",
		"eos_token_id: expected ids "
		"below the vocabulary's size, 100"},
	    {"{'eos_token_id':[1,2,3,4,5,6,7,8,9]}",
		"eos_token_id: more than 8 ids are not supported"},
	    {"{'bos_token_id':'<s>'}", "bos_token_id: expected a token's id"},
	    {"{'dtype':16}", "dtype: expected a string"},
	};
	struct config c;
	struct error err;
	char expected[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(read_with(&c, cases[i][0], &err), -1);
		snprintf(expected, sizeof(expected), "%s/config.json: %s", dir,
		    cases[i][1]);
		assert_string_equal(err.text, expected);
		assert_int_equal(err.status, STATUS_DATA);
	}
}

static void
variants(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	assert_int_equal(read_with(&c, "{}", &err), 0);
	assert_true(c.rope_theta == 10000);
	assert_int_equal(c.head_dim, 8);
	assert_int_equal(c.tied, 0);
	assert_int_equal(c.stop_count, 0);
	assert_int_equal(c.head, CONFIG_LOGITS);
	/* Classifiers with one label. */
	assert_int_equal(read_with(&c, "{'architectures':"
	    "['LlamaForSequenceClassification'],'num_labels':1}", &err), 0);
	assert_true(c.head == CONFIG_SEQUENCE && !c.value_bias);
	assert_int_equal(read_with(&c, "{'architectures':"
	    "['LlamaForTokenClassification'],'id2label':{'0':'x'}}", &err), 0);
	assert_true(c.head == CONFIG_TOKENS && c.value_bias);
	assert_int_equal(read_with(&c, "{'architectures':"
	    "['LlamaForTokenClassification'],'num_labels':1,"
	    "'token_classification_bias':false}", &err), 0);
	assert_true(c.head == CONFIG_TOKENS && !c.value_bias);
	/* Keys that are there but ask for nothing. */
	assert_int_equal(
	    read_with(&c,
		"{'rope_parameters':null,"
		"'use_sliding_window':false,'sliding_window':4096,"
		"'attention_bias':false,'quantization_config':null,"
		"'pad_token_id':-1,'architectures':[],'torch_dtype':'bfloat16',"
		"'rope_scaling':{},'eos_token_id':[7,7,9],"
		"'layer_types':['full_attention','full_attention']}",
		&err),
	    0);
	assert_int_equal(c.pad_token, -1);
	assert_int_equal(c.bf16, 1);
	assert_int_equal(c.stop_count, 2);
	/* Heads of keys and values as many as of queries. */
	assert_int_equal(
	    read_with(&c, "{'num_key_value_heads':null}", &err), 0);
	assert_int_equal(c.kv_heads, 4);
	/* Qwen3's own default, and the older key of the scaling's name. */
	assert_int_equal(
	    read_with(&c,
		"{'model_type':'qwen3',"
		"'architectures':['Qwen3ForCausalLM'],'rope_theta':1000,"
		"'rope_scaling':{'type':'llama3','factor':2,"
		"'low_freq_factor':1,'high_freq_factor':2}}",
		&err),
	    0);
	assert_int_equal(c.head_dim, 128);
	assert_true(c.rope_theta == 1000);
	assert_true(c.rope_scaling.original_positions == 128);
	/* Qwen2 always has biases: the key changes nothing. */
	assert_int_equal(read_with(&c,
			     "{'model_type':'qwen2',"
			     "'architectures':null,'attention_bias':true}",
			     &err),
	    0);
}

static void
files(void **state)
{
	struct config c;
	struct error err;
	char expected[256];

	(void)state;
	assert_int_equal(config_read(&c, "testdata/no-such-model", &err), -1);
	assert_int_equal(err.status, STATUS_NOINPUT);
	assert_string_equal(err.text,
	    "testdata/no-such-model/config.json: No such file or directory");

	write_file("config.json", "{\"model_type\":\"llama\",\n");
	assert_int_equal(config_read(&c, dir, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	snprintf(expected, sizeof(expected), "%s/config.json:", dir);
	assert_memory_equal(err.text, expected, strlen(expected));

	write_file("config.json", "[]");
	assert_int_equal(config_read(&c, dir, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);

	write_file("config.json", "{\"vocab_size\":1,\"vocab_size\":2}");
	assert_int_equal(config_read(&c, dir, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);

	write_file("generation_config.json", "{\"eos_token_id\":[5,3]}");
	assert_int_equal(read_with(&c, "{'eos_token_id':3}", &err), 0);
	assert_int_equal(c.stop_count, 2);
	assert_int_equal(c.stop_tokens[0], 3);
	assert_int_equal(c.stop_tokens[1], 5);

	write_file("generation_config.json", "{\"eos_token_id\":500}");
	assert_int_equal(read_with(&c, "{'eos_token_id':3}", &err), -1);
	snprintf(expected, sizeof(expected),
	    "%s/generation_config.json: "
	    "eos_token_id: expected ids below the vocabulary's size, 100",
	    dir);
	assert_string_equal(err.text, expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fixtures),
	    cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(variants, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(files, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
