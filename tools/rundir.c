/* A run's directory: its checkpoints by number, and places in it as locks. */
#include "tools/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file that the places are bytes of. */
#define FILE_NAME "resident"

char *
rundir_path(const char *dir, uint64_t number)
{
	size_t n = strlen(dir);
	char *path = NULL;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if ((strcmp(dir, ".") == 0 ?
	    asprintf(&path, "%04" PRIu64, number) :
	    asprintf(&path, "%.*s/%04" PRIu64, (int)n, dir, number)) < 0)
		return NULL;
	return path;
}

/* Four digits or more, and behind them ${rest}. */
static int
is_number(const char *name, const char *rest)
{
	size_t n = strspn(name, "0123456789");

	return n >= 4 && strncmp(name + n, rest, strlen(rest)) == 0 &&
	    (rest[0] != '\0' || name[n] == '\0');
}

int
rundir_newest(const char *dir, uint64_t *number, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int found = 0;

	if (d == NULL)
		return error_input(err, dir);
	*number = 0;
	while ((e = readdir(d)) != NULL) {
		uint64_t n;

		if (!is_number(e->d_name, ""))
			continue;
		n = strtoull(e->d_name, NULL, 10);
		*number = found && n < *number ? *number : n;
		found = 1;
	}
	closedir(d);
	return found ? 0 : error_set(err, STATUS_NOINPUT,
	    "%s/0000: no checkpoint to begin with", dir);
}

/* Remove a directory of files; a file, where it is one. */
static void
remove_flat(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		unlinkat(at, name, 0);
		return;
	}
	while ((e = readdir(d)) != NULL)
		unlinkat(fd, e->d_name, 0);
	closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

void
rundir_sweep(const char *dir, uint64_t newest)
{
	char *path = rundir_path(dir, newest);
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] == '.' && is_number(e->d_name + 1, ".tmp-"))
			remove_flat(dirfd(d), e->d_name);
	if (d != NULL)
		closedir(d);
	d = path != NULL ? opendir(path) : NULL;
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] == '.' && strstr(e->d_name, ".tmp-") != NULL)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	free(path);
}

/* The byte of a place. */
static struct flock
lock_of(enum rundir_place place)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_start = place, .l_len = 1};
}

/* 0, or -1 saying who has the place. */
static int
lock_place(int fd, const char *path, enum rundir_place place,
    struct error *err)
{
	static const char *const who[] = {"empg-sample --follow",
	    "empg-update --publish"};
	struct flock lock = lock_of(place);

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES || errno == EAGAIN ?
	    error_set(err, STATUS_TEMPFAIL, "%s: another %s is at work in "
	    "this run", path, who[place]) :
	    error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
}

int
rundir_take(const char *dir, enum rundir_place place, struct error *err)
{
	char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/" FILE_NAME, dir) < 0)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		error_input(err, dir);
	else if (fd < 0)
		error_set(err, STATUS_CANTCREATE, "%s: %s", path,
		    strerror(errno));
	else if (lock_place(fd, path, place, err) != 0) {
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

void
rundir_learning(int fd, int learning)
{
	struct flock lock = lock_of(RUNDIR_LEARNING);

	/* It is there to be seen by others: if it fails nothing is lost. */
	lock.l_type = learning ? F_WRLCK : F_UNLCK;
	(void)fcntl(fd, F_SETLK, &lock);
}

int
rundir_taken(int fd, enum rundir_place place)
{
	struct flock lock = lock_of(place);

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
