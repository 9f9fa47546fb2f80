#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/error.h"

/* What an option's argument is, and the type that `target` points to. */
enum option_type {
	OPTION_FLAG,    /* int *: set to 1; `--no-NAME` sets 0 */
	OPTION_SIZE,    /* size_t *: a count; with bytes=1, K M G T behind it */
	OPTION_U64,     /* uint64_t * */
	OPTION_REAL,    /* double *: finite, within [min, max] */
	OPTION_PAIR,    /* double [2]: "A,B"; "A" alone sets both */
	OPTION_STRING,  /* const char ** */
	OPTION_LIST,    /* struct option_list *: repeatable */
	OPTION_CHOICE,  /* int *: index into `choices`, NULL-ended */
	OPTION_SHARD    /* size_t [2]: "I/K", 0 <= I < K */
};

struct option_list {
	const char **values; /* freed by options_free */
	size_t count;
};

/* One row of a tool's table, for parser, usage text and --config. */
struct option {
	const char *name;  /* long name, without dashes; NULL ends the table */
	char letter;       /* short name, 0 for none */
	enum option_type type;
	void *target;      /* holds the default before parsing */
	double min, max;   /* range of SIZE, U64, REAL, PAIR; both 0: any; */
	                   /* max 0 with min > 0, or INFINITY: no upper end */
	const char *const *choices;
	const char *arg;   /* argument's name in the usage text */
	const char *fallback; /* the default, for the usage text, or NULL */
	const char *help;
	int bytes;         /* SIZE takes the suffixes K, M, G, T (1024) */
};

/* What every tool has besides its own table. */
struct options_tool {
	const char *name;     /* "empg-score" */
	const char *synopsis; /* "[options] [FILE ...]" */
	const char *purpose;  /* one line */
	const struct option *table;
};

struct options_result {
	char **operands;   /* points into argv */
	size_t count;
	int done;          /* -h or -V was served on stdout: exit 0 */
	void *private_;    /* what was given; freed by options_free */
};

/*
 * options_parse(tool, argc, argv, result, err):
 * Fill the targets of ${tool}->table from `--config FILE` (a JSON object of
 * long names, read first) and the command line (which wins).  Long names may
 * be given as --name=VALUE or --name VALUE, short flags may be bundled, `--`
 * ends options, `-` is an operand.  -h/--help and -V/--version print to
 * standard output.  Numbers reject trailing junk, NaN, overflow and values
 * out of range.  Returns 0, or -1 with STATUS_USAGE (STATUS_NOINPUT or
 * STATUS_DATA for the --config file).
 */
int options_parse(const struct options_tool *tool, int argc, char **argv,
    struct options_result *result, struct error *err);

/* Whether the option was given on the command line or in --config. */
int options_given(const struct options_result *result, const char *name);

/* Print the usage text. */
void options_usage(const struct options_tool *tool, FILE *to);

/* Free what parsing allocated; legal on a zeroed struct. */
void options_free(const struct options_tool *tool,
    struct options_result *result);

#endif
