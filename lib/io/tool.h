#ifndef IO_TOOL_H
#define IO_TOOL_H

#include <stddef.h>
#include <jansson.h>

#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/base/progress.h"
#include "lib/io/jsonl.h"

/*
 * What the mains of record tools share: the common options, operands and
 * standard input, -o, --skip-bad, signals, progress, and the one place where
 * an error is reported.  This module alone in lib/ prints: warnings and the
 * final error, on standard error, as "NAME: TEXT".  A tool reads:
 *
 *	struct tool t = {.name = "empg-score"};
 *	const struct option table[] = {
 *		{"rule", 'r', OPTION_LIST, &rules, ...},
 *		TOOL_OPTIONS(&t),
 *		{0},
 *	};
 *	struct options_tool tool = {t.name, "[options] [FILE ...]", "", table};
 *
 *	n = tool_start(&t, &tool, argc, argv, &err);
 *	if (n == 0) {
 *		while ((n = tool_read(&t, &record, &err)) == 1) {
 *			if (score(record, &err) != 0)
 *				n = tool_bad(&t, &err);
 *			else
 *				n = tool_write(&t, record, &err);
 *			json_decref(record);
 *			if (n != 0)
 *				break;
 *		}
 *		if (n == 0)
 *			n = tool_commit(&t, &err);
 *	}
 *	return tool_finish(&t, &tool, n, &err);
 *
 * A tool with output of its own kind uses TOOL_OPTIONS_INPUT and
 * TOOL_OPTIONS_TERMINAL without TOOL_OPTIONS_OUTPUT, and never calls
 * tool_write; the writer opens at the first tool_write or at tool_commit.
 */
struct tool {
	const char *name;     /* set by the caller; all else starts at zero */
	/* Targets of the common options. */
	const char *output;
	int zstd;
	int skip_bad;
	size_t max_records;   /* 0: all */
	int quiet;
	int progress;
	int ends;             /* set by the caller: tool_read gives end records,
	                       * which it skips otherwise */
	/* Filled in by the functions. */
	struct options_result options; /* operands, options_given */
	struct jsonl_reader *reader;
	struct jsonl_writer *writer;
	struct progress *bar;
	size_t records;       /* read and not bad */
	size_t bad;           /* skipped by --skip-bad */
	int done;             /* -h or -V was served */
};

/* Rows of an option table, for a `struct tool *`; a comma goes after each. */
#define TOOL_OPTIONS_INPUT(t) \
	{.name = "max-records", .type = OPTION_SIZE, \
	    .target = &(t)->max_records, .arg = "K", .fallback = "all", \
	    .help = "stop after K records"}, \
	{.name = "skip-bad", .type = OPTION_FLAG, .target = &(t)->skip_bad, \
	    .help = "warn of a bad record and count it, instead of ending"}
#define TOOL_OPTIONS_OUTPUT(t) \
	{.name = "output", .letter = 'o', .type = OPTION_STRING, \
	    .target = &(t)->output, .arg = "FILE", \
	    .fallback = "standard output", \
	    .help = "write to FILE, which appears only when complete"}, \
	{.name = "zstd", .type = OPTION_FLAG, .target = &(t)->zstd, \
	    .help = "compress the output (implied by FILE.zst)"}
#define TOOL_OPTIONS_TERMINAL(t) \
	{.name = "quiet", .letter = 'q', .type = OPTION_FLAG, \
	    .target = &(t)->quiet, .help = "no progress bar, no warnings"}, \
	{.name = "progress", .type = OPTION_FLAG, .target = &(t)->progress, \
	    .help = "a progress bar, wherever standard error goes"}
#define TOOL_OPTIONS(t) \
	TOOL_OPTIONS_INPUT(t), TOOL_OPTIONS_OUTPUT(t), TOOL_OPTIONS_TERMINAL(t)

/*
 * tool_start(t, tool, argc, argv, err):
 * Parse the options (targets keep their defaults otherwise), install the
 * signal handlers, and make a reader of the operands.  Without operands a
 * terminal as standard input is STATUS_USAGE.  Returns 0 to go on, 1 when -h
 * or -V was served (go to tool_finish with 0), -1 on error.
 */
int tool_start(struct tool *t, const struct options_tool *tool, int argc,
    char **argv, struct error *err);

/*
 * tool_progress(t, unit, total):
 * A progress bar of ${unit} ("steps") in place of the one that tool_start
 * makes, of records; ${total} 0 means unknown.  None under -q, and unless
 * --progress is given only where standard error is a terminal, standard output
 * does not show the data on one, and no pipe brings them, whose writer may have
 * a bar.  Count with progress_update(t->bar, ...).
 */
void tool_progress(struct tool *t, const char *unit, size_t total);

/*
 * tool_read(t, record, err):
 * Returns 1 and a new reference; 0 at the end or after --max-records; -1 on
 * an error or a signal; with t->ends TOOL_END and an end record (endrecord.h).
 * Bad lines are skipped and counted under --skip-bad.
 */
#define TOOL_END 2
int tool_read(struct tool *t, json_t **record, struct error *err);

/*
 * tool_bad(t, err):
 * The record last read is bad, as ${err} says ("reward: expected a number"):
 * put FILE:LINE in front.  With STATUS_DATA under --skip-bad warn, count it
 * and return 0, else return -1.
 */
int tool_bad(struct tool *t, struct error *err);

/* tool_bad for a record read earlier, from ${file} at ${line}. */
int tool_bad_at(struct tool *t, const char *file, size_t line,
    struct error *err);

/* 0, or -1 with the signal's status: SIGINT or SIGTERM came. */
int tool_interrupted(struct error *err);

/* Write a record to -o or standard output; 0, or -1. */
int tool_write(struct tool *t, const json_t *record, struct error *err);

/* All is written: flush, fsync, rename; then -o's file exists.  0, or -1. */
int tool_commit(struct tool *t, struct error *err);

/* Print "NAME: text" on standard error, unless -q. */
void tool_warn(const struct tool *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * tool_finish(t, tool, result, err):
 * Report ${err} if ${result} is negative, the count of skipped records, free
 * everything (an uncommitted file is removed), flush standard output.
 * Returns the exit status: 0, a STATUS_*, or 128 + the signal's number.
 */
int tool_finish(struct tool *t, const struct options_tool *tool, int result,
    struct error *err);

#endif
