/* A running mean in one file, or in one an iteration. */
#include "tools/meanstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/meanfile.h"
#include "tools/rundir.h"

#define DIGITS "NNNN"

/* The path of iteration ${number}; NULL when memory ran out. */
static char *
path_of(const struct meanstate *s, uint64_t number)
{
	char *dir = strndup(s->path, s->digits > 0 ? s->digits - 1 : 0);
	char *at = NULL, *path = NULL;

	if (dir != NULL)
		at = rundir_path(dir[0] != '\0' ? dir : ".", number);
	if (at != NULL && asprintf(&path, "%s%s", at,
	    s->path + s->digits + sizeof(DIGITS) - 1) < 0)
		path = NULL;
	free(at);
	free(dir);
	return path;
}

/* The mean behind the iteration before this one. */
static int
read_before(struct meanstate *s, struct running *mean, struct error *err)
{
	char *path;
	int n;

	if (s->number == 0)
		return 0;
	path = path_of(s, s->number - 1);
	if (path == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	n = meanfile_read(path, mean, err);
	if (n == 0)
		n = error_set(err, STATUS_NOINPUT, "%s: no such file", path);
	free(path);
	return n < 0 ? -1 : 0;
}

int
meanstate_open(struct meanstate *s, const char *path, struct running *mean,
    struct error *err)
{
	const char *digits = strstr(path, DIGITS "/");
	char *dir;
	int n;

	*s = (struct meanstate){.path = path, .digits = SIZE_MAX};
	if (digits == NULL || (digits > path && digits[-1] != '/')) {
		s->file = meanfile_open(path, mean, err);
		return s->file != NULL ? 0 : -1;
	}
	s->digits = (size_t)(digits - path);
	dir = s->digits > 1 ? strndup(path, s->digits - 1) : strdup(".");
	if (dir == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	n = rundir_newest(dir, &s->number, err);
	free(dir);
	return n == 0 ? read_before(s, mean, err) : -1;
}

int
meanstate_commit(struct meanstate *s, const struct running *mean,
    struct error *err)
{
	return s->file == NULL ? 0 : meanfile_commit(s->file, mean, err);
}

/* The iteration's own file, once the iteration is over. */
static int
write_numbered(struct meanstate *s, const struct running *mean,
    struct error *err)
{
	char *path = path_of(s, s->number++);

	if (path == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	s->file = atomicfile_create(path, err);
	free(path);
	return s->file == NULL ? -1 : meanfile_commit(s->file, mean, err);
}

int
meanstate_next(struct meanstate *s, uint64_t number, struct running *mean,
    struct error *err)
{
	int r;

	if (s->path == NULL)
		return 0;
	if (s->digits == SIZE_MAX) {
		r = meanfile_commit(s->file, mean, err);
		meanstate_free(s);
		return r != 0 ? -1 : meanstate_open(s, s->path, mean, err);
	}
	if (number != s->number)
		return error_set(err, STATUS_DATA, "end: iteration %llu, "
		    "where %s is at %llu", (unsigned long long)number,
		    s->path, (unsigned long long)s->number);
	r = write_numbered(s, mean, err);
	meanstate_free(s);
	return r;
}

void
meanstate_free(struct meanstate *s)
{
	atomicfile_abandon(s->file);
	s->file = NULL;
}
