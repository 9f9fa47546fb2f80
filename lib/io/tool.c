/* What the mains of record tools share. */
#include "lib/io/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/signals.h"
#include "lib/io/endrecord.h"

/*
 * A program that was started without standard output or standard error would
 * give the next file that it opens their number, and write its messages there.
 * What takes their place here can't be read, or written.
 */
static void
hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int
tool_start(struct tool *t, const struct options_tool *tool, int argc,
    char **argv, struct error *err)
{
	hold_standard_files();
	signals_install();
	if (options_parse(tool, argc, argv, &t->options, err) != 0)
		return -1;
	if (t->options.done) {
		t->done = 1;
		return 1;
	}
	if (t->options.count == 0 && isatty(STDIN_FILENO)) {
		options_usage(tool, stderr);
		return error_set(err, STATUS_USAGE,
		    "name a FILE, or - for the terminal");
	}
	/* What can't be written is to fail before the work, not behind it. */
	if (t->output != NULL) {
		t->writer = jsonl_create(t->output, t->zstd, err);
		if (t->writer == NULL)
			return -1;
	}
	tool_progress(t, "records", t->max_records);
	t->reader = jsonl_open(t->options.operands, t->options.count, err);
	return t->reader != NULL ? 0 : -1;
}

void
tool_progress(struct tool *t, const char *unit, size_t total)
{
	/* On a terminal that shows the data, a bar would stand among them. */
	int shown = t->output == NULL && isatty(STDOUT_FILENO);
	struct stat st;
	/* The bars of a pipeline would all be drawn on one line. */
	int piped = t->options.count == 0 && fstat(STDIN_FILENO, &st) == 0 &&
	    S_ISFIFO(st.st_mode);

	progress_free(t->bar);
	t->bar = progress_new(t->name, unit, total, t->progress,
	    t->quiet || (!t->progress && (shown || piped)));
}

void
tool_warn(const struct tool *t, const char *fmt, ...)
{
	va_list ap;

	if (t->quiet)
		return;
	progress_hide(t->bar);
	fprintf(stderr, "%s: ", t->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* 0 with the bad record counted, if that is allowed. */
static int
skip(struct tool *t, struct error *err)
{
	if (!t->skip_bad || err->status != STATUS_DATA)
		return -1;
	tool_warn(t, "%s", err->text);
	t->bad++;
	return 0;
}

int
tool_interrupted(struct error *err)
{
	int status = signals_pending();

	return status == 0 ? 0 :
	    error_set(err, (enum status)status, "interrupted");
}

int
tool_read(struct tool *t, json_t **record, struct error *err)
{
	int n;

	for (;;) {
		if (tool_interrupted(err))
			return -1;
		if (t->max_records > 0 && t->records == t->max_records)
			return 0;
		n = jsonl_read(t->reader, record, err);
		if (n > 0 && endrecord_read(*record, NULL)) {
			if (t->ends)
				return TOOL_END;
			json_decref(*record);
			continue;
		}
		if (n >= 0)
			break;
		if (jsonl_broken(t->reader) || skip(t, err) != 0)
			return -1;
	}
	t->records += (size_t)n;
	progress_update(t->bar, t->records, NULL);
	return n;
}

int
tool_bad_at(struct tool *t, const char *file, size_t line, struct error *err)
{
	error_prefix(err, "%s:%zu: ", file, line);
	if (skip(t, err) != 0)
		return -1;
	t->records--;
	return 0;
}

int
tool_bad(struct tool *t, struct error *err)
{
	return tool_bad_at(t, jsonl_file(t->reader), jsonl_line(t->reader),
	    err);
}

int
tool_write(struct tool *t, const json_t *record, struct error *err)
{
	if (t->writer == NULL)
		t->writer = jsonl_create(t->output, t->zstd, err);
	return t->writer != NULL ? jsonl_write(t->writer, record, err) : -1;
}

int
tool_commit(struct tool *t, struct error *err)
{
	if (t->writer == NULL)
		t->writer = jsonl_create(t->output, t->zstd, err);
	return t->writer != NULL ? jsonl_commit(t->writer, err) : -1;
}

int
tool_finish(struct tool *t, const struct options_tool *tool, int result,
    struct error *err)
{
	int status = 0;

	progress_free(t->bar);
	t->bar = NULL;
	if (t->bad > 0)
		tool_warn(t, "%zu bad records skipped", t->bad);
	if (result < 0)
		status = (int)err->status;
	/* The signal's number says it all; EPIPE has no message. */
	if (result < 0 && status < 128 && err->text[0] != '\0')
		fprintf(stderr, "%s: %s\n", t->name, err->text);
	jsonl_close(t->reader);
	jsonl_abandon(t->writer);
	options_free(tool, &t->options);
	if (fclose(stdout) != 0 && errno != EPIPE && status == 0) {
		fprintf(stderr, "%s: (standard output): %s\n", t->name,
		    strerror(errno));
		status = STATUS_IO;
	}
	return status;
}
