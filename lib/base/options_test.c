#include "lib/base/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const methods[] = {"empg", "raw", "star", NULL};

/* Every type of option, parsed from a NULL-ended list of arguments. */
struct fixture {
	int greedy, verbose, method;
	size_t count, memory, shard[2];
	uint64_t seed;
	double top_p, clip[2];
	const char *model;
	struct option_list stop;
	struct option table[12];
	struct options_tool tool;
	struct options_result result;
	struct error err;
	char *argv[32];
	char config[64];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct option table[] = {
		{"greedy", 'g', OPTION_FLAG, &f->greedy, .help = "h"},
		{"verbose", 'v', OPTION_FLAG, &f->verbose, .help = "h"},
		{"method", 0, OPTION_CHOICE, &f->method, .choices = methods,
		    .fallback = "empg", .help = "how"},
		{"count", 'n', OPTION_SIZE, &f->count, 1, 100, .help = "h"},
		{"memory", 0, OPTION_SIZE, &f->memory, .bytes = 1, .help = "h"},
		{"seed", 0, OPTION_U64, &f->seed, .help = "h"},
		{"top-p", 0, OPTION_REAL, &f->top_p, 0, 1, .help = "h"},
		{"clip", 0, OPTION_PAIR, f->clip, .arg = "LO[,HI]",
		    .help = "a text that is so long that it has to be broken "
		    "into two lines or more"},
		{"model", 'm', OPTION_STRING, &f->model, .arg = "DIR",
		    .help = "h"},
		{"stop", 0, OPTION_LIST, &f->stop, .help = "h"},
		{"shard", 0, OPTION_SHARD, f->shard, .help = "h"},
		{0},
	};

	memcpy(f->table, table, sizeof(table));
	f->tool = (struct options_tool){"tool", "[options]", "Test.", f->table};
	f->count = 8;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	options_free(&f->tool, &f->result);
	if (f->config[0] != '\0')
		unlink(f->config);
	free(f);
	return 0;
}

static int
parse(struct fixture *f, const char *const *args)
{
	int n = 1;

	options_free(&f->tool, &f->result);
	f->argv[0] = "tool";
	for (; args[n - 1] != NULL; n++)
		f->argv[n] = (char *)args[n - 1];
	f->argv[n] = NULL;
	return options_parse(&f->tool, n, f->argv, &f->result, &f->err);
}

#define PARSE(f, ...) parse(f, (const char *const []){__VA_ARGS__, NULL})

static void
fails(struct fixture *f, const char *text, int result)
{
	assert_int_equal(result, -1);
	assert_int_equal(f->err.status, STATUS_USAGE);
	assert_string_equal(f->err.text, text);
}

static void
write_config(struct fixture *f, const char *text)
{
	FILE *file;
	int fd;

	if (f->config[0] != '\0')
		unlink(f->config);
	strcpy(f->config, "/tmp/options_test.XXXXXX");
	fd = mkstemp(f->config);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
test_every_type(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(PARSE(f, "-g", "one", "--method=star", "-n12",
	    "--memory", "3G", "--seed", "18446744073709551615", "--top-p",
	    ".5", "--clip", "0.2,0.28", "-m", "dir", "--stop", "a", "--stop=",
	    "--shard", "1/3", "-", "--", "-x"), 0);
	assert_int_equal(f->greedy, 1);
	assert_int_equal(f->method, 2);
	assert_int_equal(f->count, 12);
	assert_true(f->memory == (size_t)3 << 30);
	assert_true(f->seed == UINT64_MAX);
	assert_true(f->top_p == 0.5);
	assert_true(f->clip[0] == 0.2 && f->clip[1] == 0.28);
	assert_string_equal(f->model, "dir");
	assert_int_equal(f->stop.count, 2);
	assert_string_equal(f->stop.values[0], "a");
	assert_string_equal(f->stop.values[1], "");
	assert_true(f->shard[0] == 1 && f->shard[1] == 3);
	assert_int_equal(f->result.count, 3);
	assert_string_equal(f->result.operands[0], "one");
	assert_string_equal(f->result.operands[1], "-");
	assert_string_equal(f->result.operands[2], "-x");
	assert_true(options_given(&f->result, "greedy"));
	assert_false(options_given(&f->result, "verbose"));
	assert_int_equal(PARSE(f, "-gvn", "7", "--no-greedy", "--clip=3"), 0);
	assert_true(f->verbose && !f->greedy && f->count == 7);
	assert_true(f->clip[0] == 3 && f->clip[1] == 3);
}

static void
test_refusals(void **state)
{
	struct fixture *f = *state;

	fails(f, "unknown option --foo", PARSE(f, "--foo=1"));
	fails(f, "unknown option -x", PARSE(f, "-gx"));
	fails(f, "unknown option --no-model", PARSE(f, "--no-model"));
	fails(f, "--model needs an argument", PARSE(f, "--model"));
	fails(f, "-m needs an argument", PARSE(f, "-gm"));
	fails(f, "--greedy takes no argument", PARSE(f, "--greedy=1"));
	fails(f, "--count: expected a count, got '3x'", PARSE(f, "-n3x"));
	fails(f, "--count: expected a count, got '-3'", PARSE(f, "-n", "-3"));
	fails(f, "--count: expected a count, got ' 3'", PARSE(f, "-n", " 3"));
	fails(f, "--count: expected a count, got '1K'", PARSE(f, "-n1K"));
	fails(f, "--count: 0 is not within 1 and 100", PARSE(f, "-n0"));
	fails(f, "--memory: expected a size, got '99999999999G'",
	    PARSE(f, "--memory", "99999999999G"));
	fails(f, "--seed: expected a count, got '18446744073709551616'",
	    PARSE(f, "--seed", "18446744073709551616"));
	fails(f, "--top-p: expected a number, got 'nan'",
	    PARSE(f, "--top-p", "nan"));
	fails(f, "--top-p: expected a number, got '1e999'",
	    PARSE(f, "--top-p", "1e999"));
	fails(f, "--top-p: expected a number, got '0x1'",
	    PARSE(f, "--top-p", "0x1"));
	fails(f, "--top-p: expected a number, got ''", PARSE(f, "--top-p="));
	fails(f, "--top-p: expected a number, got '1,2'",
	    PARSE(f, "--top-p", "1,2"));
	fails(f, "--top-p: 1.5 is not within 0 and 1",
	    PARSE(f, "--top-p", "1.5"));
	fails(f, "--clip: expected A or A,B, got '1,'", PARSE(f, "--clip=1,"));
	fails(f, "--method: 'x' is none of empg, raw, star",
	    PARSE(f, "--method", "x"));
	fails(f, "--shard: expected I/K with 0 <= I < K, got '3/3'",
	    PARSE(f, "--shard", "3/3"));
}

static void
test_config(void **state)
{
	struct fixture *f = *state;

	write_config(f, "{\"greedy\": true, \"count\": 9, \"top-p\": 0.1,"
	    "\"clip\": [0.1, 0.3], \"stop\": [\"a\", \"b\"], \"model\": \"m\","
	    "\"method\": \"raw\", \"memory\": \"2K\", \"shard\": \"0/2\"}");
	assert_int_equal(PARSE(f, "-n5", "--config", f->config, "op"), 0);
	assert_true(f->greedy == 1 && f->count == 5 && f->top_p == 0.1);
	assert_true(f->clip[0] == 0.1 && f->clip[1] == 0.3);
	assert_int_equal(f->stop.count, 2);
	assert_string_equal(f->stop.values[1], "b");
	assert_string_equal(f->model, "m");
	assert_int_equal(f->method, 1);
	assert_int_equal(f->memory, 2048);
	assert_true(options_given(&f->result, "shard"));
	assert_int_equal(f->result.count, 1);
	assert_int_equal(PARSE(f, "--stop=c", "--config", f->config,
	    "--no-greedy"), 0);
	assert_int_equal(f->stop.count, 1);
	assert_string_equal(f->stop.values[0], "c");
	assert_int_equal(f->greedy, 0);
}

static void
config_fails(struct fixture *f, const char *config, enum status status,
    const char *text)
{
	write_config(f, config);
	assert_int_equal(PARSE(f, "--config", f->config), -1);
	assert_int_equal(f->err.status, status);
	assert_memory_equal(f->err.text, f->config, strlen(f->config));
	assert_string_equal(f->err.text + strlen(f->config), text);
}

static void
test_config_refusals(void **state)
{
	struct fixture *f = *state;

	config_fails(f, "{\"foo\": 1}", STATUS_USAGE,
	    ": unknown option \"foo\"");
	config_fails(f, "{\"config\": \"x\"}", STATUS_USAGE,
	    ": unknown option \"config\"");
	config_fails(f, "{\"greedy\": 1}", STATUS_USAGE,
	    ": --greedy: expected true or false");
	config_fails(f, "{\"count\": 1.5}", STATUS_USAGE,
	    ": --count: expected a count, got '1.5'");
	config_fails(f, "{\"count\": {}}", STATUS_USAGE,
	    ": --count: expected a string or a number");
	config_fails(f, "{\"stop\": [[]]}", STATUS_USAGE,
	    ": --stop: expected an array of strings");
	config_fails(f, "{\"clip\": [1]}", STATUS_USAGE,
	    ": --clip: expected [A, B]");
	config_fails(f, "[]", STATUS_DATA, ": expected a JSON object");
	config_fails(f, "{\n\"count\" 1}", STATUS_DATA,
	    ":2: ':' expected near '1'");
	unlink(f->config);
	assert_int_equal(PARSE(f, "--config", f->config), -1);
	assert_int_equal(f->err.status, STATUS_NOINPUT);
}

static void
test_usage(void **state)
{
	struct fixture *f = *state;
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	options_usage(&f->tool, to);
	assert_int_equal(fclose(to), 0);
	assert_non_null(strstr(text, "usage: tool [options]\nTest.\n\n"
	    "  -g, --greedy              h\n"));
	assert_non_null(strstr(text, "\n      --method ARG          "
	    "how: empg, raw, star (default: empg)\n"));
	assert_non_null(strstr(text, "\n      --clip LO[,HI]        a text "
	    "that is so long that it has to be broken\n"
	    "                            into two lines or more\n"));
	assert_non_null(strstr(text, "\n  -h, --help   "));
	assert_non_null(strstr(text, "\n  -V, --version   "));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_type, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_config, setup, teardown),
		cmocka_unit_test_setup_teardown(test_config_refusals, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
