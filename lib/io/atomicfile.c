/* Files that appear only when complete. */
#include "lib/io/atomicfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct atomicfile {
	int fd;
	char *path;
	char *temporary; /* NULL for what is no regular file */
};

int
atomicfile_put(int fd, const char *path, const void *data, size_t length,
    struct error *err)
{
	const char *p = data;
	ssize_t n;

	while (length > 0) {
		n = write(fd, p, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return error_set(err, STATUS_OK, "%s", "");
		if (n < 0)
			return error_set(err, STATUS_IO, "%s: %s", path,
			    strerror(errno));
		p += n;
		length -= (size_t)n;
	}
	return 0;
}

int
atomicfile_sync_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, result = 0;

	dir = slash == NULL ? strdup(".") :
	    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (dir == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Some file systems can't fsync a directory, and say EINVAL. */
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		result = error_set(err, STATUS_IO, "%s: %s", dir,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	free(dir);
	return result;
}

enum status
atomicfile_status(int number)
{
	return number == ENOSPC || number == EDQUOT || number == EIO ?
	    STATUS_IO : STATUS_CANTCREATE;
}

/* ".NAME.tmp-PID-XXXXXX" beside the file. */
static char *
sibling(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *name;

	/* The rest of a long name is cut, so that the sibling's fits. */
	if (asprintf(&name, "%.*s.%.200s.tmp-%ld-XXXXXX", (int)dir, path,
	    path + dir, (long)getpid()) < 0)
		return NULL;
	return name;
}

/* As open(2) would create it, or as the file that it replaces. */
static mode_t
mode_of(const char *path)
{
	struct stat st;
	mode_t mask;

	if (stat(path, &st) == 0)
		return st.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int
create(struct atomicfile *f, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		f->fd = open(path, O_WRONLY | O_CLOEXEC);
		return f->fd >= 0 ? 0 : -1;
	}
	f->temporary = sibling(f->path);
	if (f->temporary == NULL)
		return -1;
	f->fd = mkostemp(f->temporary, O_CLOEXEC);
	if (f->fd < 0) {
		free(f->temporary);
		f->temporary = NULL;
		return -1;
	}
	return fchmod(f->fd, mode_of(f->path));
}

struct atomicfile *
atomicfile_create(const char *path, struct error *err)
{
	struct atomicfile *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	f->fd = -1;
	if (path[0] == '\0') {
		error_set(err, STATUS_CANTCREATE, "a file without a name");
		atomicfile_abandon(f);
		return NULL;
	}
	f->path = realpath(path, NULL);
	if (f->path == NULL)
		f->path = strdup(path);
	if (f->path == NULL || create(f, path) != 0) {
		error_set(err, atomicfile_status(errno), "%s: %s", path,
		    strerror(errno));
		atomicfile_abandon(f);
		return NULL;
	}
	return f;
}

int
atomicfile_write(struct atomicfile *f, const void *data, size_t length,
    struct error *err)
{
	return atomicfile_put(f->fd, f->path, data, length, err);
}

int
atomicfile_commit(struct atomicfile *f, struct error *err)
{
	int fd = f->fd, bad;

	bad = f->temporary != NULL && fsync(fd) != 0;
	f->fd = -1;
	if (close(fd) != 0 || bad)
		return error_set(err, STATUS_IO, "%s: %s", f->path,
		    strerror(errno));
	if (f->temporary == NULL)
		return 0;
	if (rename(f->temporary, f->path) != 0)
		return error_set(err, STATUS_IO, "%s: %s", f->path,
		    strerror(errno));
	free(f->temporary);
	f->temporary = NULL;
	return atomicfile_sync_parent(f->path, err);
}

void
atomicfile_abandon(struct atomicfile *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->temporary != NULL)
		unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	free(f);
}
