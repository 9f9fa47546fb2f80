/* Lines of plain and zstd files. */
#include "lib/io/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "lib/base/signals.h"

#define BLOCK (1 << 18)

struct lines {
	int fd;
	ZSTD_DCtx *zstd;       /* NULL for a plain file */
	ZSTD_inBuffer in;      /* read, and not decompressed yet */
	int inside;            /* a frame has begun and not ended */
	int waiting;           /* more of its output than had room */
	size_t failed;         /* zstd's error, once it came */
	char *raw;             /* BLOCK bytes, as read */
	char *text;            /* what lines are taken from; raw if plain */
	size_t begin, end;     /* of what is left there */
};

/* Up to BLOCK - have bytes behind the first `have`; -1 on error. */
static ssize_t
fill(struct lines *l, size_t have, struct error *err)
{
	ssize_t n;

	for (;;) {
		if (signals_pending() != 0)
			return error_set(err,
			    (enum status)signals_pending(), "interrupted");
		n = read(l->fd, l->raw + have, BLOCK - have);
		if (n >= 0)
			return n;
		if (errno != EINTR)
			return error_input(err, NULL);
	}
}

/* A frame's magic, or a skippable frame's. */
static int
is_zstd(const char *s, size_t length)
{
	const unsigned char *u = (const unsigned char *)s;

	return length == 4 && ((u[0] == 0x28 && u[1] == 0xb5 && u[2] == 0x2f &&
	    u[3] == 0xfd) || ((u[0] & 0xf0) == 0x50 && u[1] == 0x2a &&
	    u[2] == 0x4d && u[3] == 0x18));
}

static int
look_at_magic(struct lines *l, struct error *err)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = fill(l, have, err);
		if (n < 0)
			return -1;
		have += (size_t)n;
	} while (n > 0 && have < 4);
	if (!is_zstd(l->raw, have < 4 ? have : 4)) {
		l->text = l->raw;
		l->end = have;
		return 0;
	}
	l->in = (ZSTD_inBuffer){l->raw, have, 0};
	l->zstd = ZSTD_createDCtx();
	l->text = malloc(BLOCK);
	if (l->zstd == NULL || l->text == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

struct lines *
lines_open(const char *path, struct error *err)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (l == NULL || (l->raw = malloc(BLOCK)) == NULL) {
		free(l);
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	l->fd = STDIN_FILENO;
	if (strcmp(path, "-") != 0)
		l->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		error_input(err, NULL);
	else if (look_at_magic(l, err) == 0)
		return l;
	lines_close(l);
	return NULL;
}

/* More text; 1, 0 at the end, -1. */
static int
decompress(struct lines *l, struct error *err)
{
	ZSTD_outBuffer out = {l->text, BLOCK, 0};
	size_t left;
	ssize_t n;

	while (out.pos == 0 && l->failed == 0) {
		if (l->in.pos == l->in.size && !l->waiting) {
			n = fill(l, 0, err);
			if (n < 0)
				return -1;
			if (n == 0 && !l->inside)
				return 0;
			if (n == 0)
				return error_set(err, STATUS_DATA,
				    "truncated zstd stream");
			l->in = (ZSTD_inBuffer){l->raw, (size_t)n, 0};
		}
		do {
			left = ZSTD_decompressStream(l->zstd, &out, &l->in);
			if (ZSTD_isError(left)) {
				l->failed = left;
				break;
			}
			l->inside = left != 0;
			l->waiting = l->inside && out.pos == out.size;
		} while (l->in.pos < l->in.size && out.pos < out.size);
	}
	/* What came before the error is whole, and is given first. */
	if (out.pos == 0)
		return error_set(err, STATUS_DATA, "bad zstd stream: %s",
		    ZSTD_getErrorName(l->failed));
	l->end = out.pos;
	return 1;
}

static int
more_text(struct lines *l, struct error *err)
{
	ssize_t n;

	l->begin = l->end = 0;
	if (l->zstd != NULL)
		return decompress(l, err);
	n = fill(l, 0, err);
	if (n <= 0)
		return (int)n;
	l->end = (size_t)n;
	return 1;
}

int
lines_next(struct lines *l, struct buffer *line, struct error *err)
{
	const char *begin, *newline;
	size_t n;
	int any = 0, more;

	buffer_clear(line);
	for (;;) {
		if (l->begin == l->end) {
			more = more_text(l, err);
			if (more <= 0)
				return more < 0 ? -1 : any;
		}
		begin = l->text + l->begin;
		n = l->end - l->begin;
		newline = memchr(begin, '\n', n);
		if (newline != NULL)
			n = (size_t)(newline - begin);
		if (buffer_add(line, begin, n) != 0)
			return error_set(err, STATUS_TEMPFAIL,
			    "out of memory");
		any = 1;
		l->begin += n + (newline != NULL);
		if (newline != NULL)
			return 1;
	}
}

void
lines_close(struct lines *l)
{
	if (l == NULL)
		return;
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	ZSTD_freeDCtx(l->zstd);
	if (l->text != l->raw)
		free(l->text);
	free(l->raw);
	free(l);
}
