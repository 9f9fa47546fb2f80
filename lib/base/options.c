/*
 * The command line and --config, from a tool's one table of options.  The
 * command line is first taken apart and kept, so that --config can be applied
 * before it wherever it stands.
 */
#include "lib/base/options.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/optconfig.h"
#include "lib/base/optusage.h"
#include "lib/base/optvalue.h"

/* Rows that every tool has, behind its own. */
static const struct option common[] = {
	{.name = "config", .type = OPTION_STRING, .arg = "FILE",
	    .help = "read options from FILE, a JSON object of long names"},
	{.name = "help", .letter = 'h', .type = OPTION_FLAG,
	    .help = "print this text"},
	{.name = "version", .letter = 'V', .type = OPTION_FLAG,
	    .help = "print the version"},
	{.name = NULL},
};

/* One use of an option on the command line. */
struct use {
	const struct option *row;
	const char *value;
};

struct private {
	struct use *uses;
	size_t count;
	const char *config_path;
	struct optconfig *config;
};

static int
no_memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

static const struct option *
find(const struct option *table, const char *name, size_t length)
{
	for (; table->name != NULL; table++)
		if (strlen(table->name) == length &&
		    memcmp(table->name, name, length) == 0)
			return table;
	return NULL;
}

static const struct option *
find_letter(const struct option *table, char letter)
{
	for (; table->name != NULL; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

/* Keep a use; serve -h and -V where they stand. */
static void
use(const struct options_tool *tool, struct options_result *result,
    const struct option *row, const char *value)
{
	struct private *p = result->private_;

	if (row == &common[0]) {
		p->config_path = value;
		return;
	}
	if (row == &common[1]) {
		options_usage(tool, stdout);
		result->done = 1;
		return;
	}
	if (row == &common[2]) {
		printf("%s %s\n", tool->name, VERSION);
		result->done = 1;
		return;
	}
	p->uses[p->count++] = (struct use){row, value};
}

/* --NAME, --NAME=VALUE, --NAME VALUE, --no-NAME; moves *i on to the value. */
static int
scan_long(const struct options_tool *tool, int argc, char **argv, int *i,
    struct options_result *result, struct error *err)
{
	const char *name = argv[*i] + 2, *value = strchr(name, '=');
	size_t length = value != NULL ? (size_t)(value - name) : strlen(name);
	const struct option *row;
	int no = 0;

	row = find(tool->table, name, length);
	if (row == NULL)
		row = find(common, name, length);
	if (row == NULL && length > 3 && memcmp(name, "no-", 3) == 0) {
		row = find(tool->table, name + 3, length - 3);
		no = 1;
	}
	if (row == NULL || (no && row->type != OPTION_FLAG))
		return error_set(err, STATUS_USAGE, "unknown option --%.*s",
		    (int)length, name);
	if (row->type == OPTION_FLAG) {
		if (value != NULL)
			return error_set(err, STATUS_USAGE,
			    "--%.*s takes no argument", (int)length, name);
		use(tool, result, row, no ? "false" : "true");
		return 0;
	}
	if (value == NULL && *i + 1 == argc)
		return error_set(err, STATUS_USAGE, "--%s needs an argument",
		    row->name);
	value = value != NULL ? value + 1 : argv[++*i];
	use(tool, result, row, value);
	return 0;
}

/* -a, -abc, -nVALUE, -n VALUE. */
static int
scan_short(const struct options_tool *tool, int argc, char **argv, int *i,
    struct options_result *result, struct error *err)
{
	const struct option *row;
	const char *s, *value;

	for (s = argv[*i] + 1; *s != '\0' && !result->done; s++) {
		row = find_letter(tool->table, *s);
		if (row == NULL)
			row = find_letter(common, *s);
		if (row == NULL)
			return error_set(err, STATUS_USAGE,
			    "unknown option -%c", *s);
		if (row->type != OPTION_FLAG) {
			if (s[1] == '\0' && *i + 1 == argc)
				return error_set(err, STATUS_USAGE,
				    "-%c needs an argument", *s);
			value = s[1] != '\0' ? s + 1 : argv[++*i];
			use(tool, result, row, value);
			return 0;
		}
		use(tool, result, row, "true");
	}
	return 0;
}

/* Take argv apart; operands are moved to its front, in their order. */
static int
scan(const struct options_tool *tool, int argc, char **argv,
    struct options_result *result, struct error *err)
{
	int i, n = 0, ended = 0;

	for (i = 1; i < argc && !result->done; i++) {
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[1 + n++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			ended = 1;
			continue;
		}
		if ((argv[i][1] == '-' ? scan_long : scan_short)(tool, argc,
		    argv, &i, result, err) != 0)
			return -1;
	}
	result->operands = argv + (argc > 0 ? 1 : 0);
	result->count = (size_t)n;
	return 0;
}

/* A list on the command line replaces the configured one. */
static int
apply(struct private *p, struct error *err)
{
	size_t i, j;

	for (i = 0; i < p->count; i++) {
		for (j = 0; j < i && p->uses[j].row != p->uses[i].row; j++)
			;
		if (j == i)
			optvalue_clear(p->uses[i].row);
		if (optvalue_set(p->uses[i].row, p->uses[i].value, err) != 0)
			return -1;
	}
	return 0;
}

int
options_parse(const struct options_tool *tool, int argc, char **argv,
    struct options_result *result, struct error *err)
{
	struct private *p;
	size_t i, room = 1;

	memset(result, 0, sizeof(*result));
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return no_memory(err);
	result->private_ = p;
	for (i = 1; i < (size_t)argc; i++)
		room += strlen(argv[i]); /* every letter may be an option */
	p->uses = calloc(room, sizeof(*p->uses));
	if (p->uses == NULL)
		return no_memory(err);
	if (scan(tool, argc, argv, result, err) != 0)
		return -1;
	if (result->done)
		return 0;
	if (p->config_path != NULL) {
		p->config = optconfig_load(p->config_path, err);
		if (p->config == NULL ||
		    optconfig_apply(p->config, tool->table, err) != 0)
			return -1;
	}
	return apply(p, err);
}

int
options_given(const struct options_result *result, const char *name)
{
	const struct private *p = result->private_;
	size_t i;

	if (p == NULL)
		return 0;
	for (i = 0; i < p->count; i++)
		if (strcmp(p->uses[i].row->name, name) == 0)
			return 1;
	return optconfig_has(p->config, name);
}

void
options_free(const struct options_tool *tool, struct options_result *result)
{
	struct private *p = result->private_;
	const struct option *row;

	for (row = tool->table; row->name != NULL; row++)
		optvalue_clear(row);
	if (p != NULL) {
		optconfig_free(p->config);
		free(p->uses);
		free(p);
	}
	memset(result, 0, sizeof(*result));
}

void
options_usage(const struct options_tool *tool, FILE *to)
{
	fprintf(to, "usage: %s %s\n%s\n\n", tool->name, tool->synopsis,
	    tool->purpose);
	optusage_print(tool->table, to);
	optusage_print(common, to);
}
