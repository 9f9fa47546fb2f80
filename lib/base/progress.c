/* A progress line; the one module of base that prints. */
#include "lib/base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"

struct progress {
	const char *name, *unit;
	size_t total, done;
	char note[80];
	double start, drawn;
	int shown;
};

struct progress *
progress_new(const char *name, const char *unit, size_t total, int force,
    int quiet)
{
	struct progress *p;

	if (quiet || (!force && !isatty(STDERR_FILENO)))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->name = name;
	p->unit = unit;
	p->total = total;
	p->start = p->drawn = clock_seconds();
	return p;
}

static void
draw(struct progress *p, double t)
{
	double seconds = t - p->start;
	double rate = seconds > 0 ? (double)p->done / seconds : 0;
	long left;

	fprintf(stderr, "\r%s: %zu", p->name, p->done);
	if (p->total > 0)
		fprintf(stderr, "/%zu", p->total);
	fprintf(stderr, " %s, %.1f/s", p->unit, rate);
	if (p->total > p->done && rate > 0) {
		left = (long)((double)(p->total - p->done) / rate + 0.5);
		fprintf(stderr, ", %ld:%02ld left", left / 60, left % 60);
	}
	if (p->note[0] != '\0')
		fprintf(stderr, ", %s", p->note);
	fprintf(stderr, "\033[K");
	fflush(stderr);
	p->shown = 1;
	p->drawn = t;
}

void
progress_update(struct progress *p, size_t done, const char *note)
{
	double t;

	if (p == NULL)
		return;
	p->done = done;
	if (note != NULL)
		snprintf(p->note, sizeof(p->note), "%s", note);
	t = clock_seconds();
	if (t - p->drawn >= 0.1)
		draw(p, t);
}

void
progress_hide(struct progress *p)
{
	if (p == NULL || !p->shown)
		return;
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
	p->shown = 0;
}

void
progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	draw(p, clock_seconds());
	fputc('\n', stderr);
	free(p);
}
