/* Directories that appear only when complete. */
#include "lib/io/atomicdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/atomicfile.h"

struct atomicdir {
	char *path;
	char *temporary;
	int committed;
};

struct atomicdir *
atomicdir_create(const char *path, struct error *err)
{
	struct atomicdir *d = calloc(1, sizeof(*d));
	const char *name;
	struct stat st;
	mode_t mask;
	size_t n;

	error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (d == NULL || (d->path = strdup(path)) == NULL)
		goto out;
	for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		d->path[n - 1] = '\0';
	if (lstat(d->path, &st) == 0) {
		error_set(err, STATUS_CANTCREATE, "%s: exists", path);
		goto out;
	}
	if (path[0] == '\0') {
		error_set(err, STATUS_CANTCREATE, "a directory without a name");
		goto out;
	}
	name = strrchr(d->path, '/');
	name = name == NULL ? d->path : name + 1;
	if (asprintf(&d->temporary, "%.*s.%s.tmp-%ld-XXXXXX",
	    (int)(name - d->path), d->path, name, (long)getpid()) < 0) {
		d->temporary = NULL;
		goto out;
	}
	if (mkdtemp(d->temporary) == NULL) {
		error_set(err, atomicfile_status(errno), "%s: %s", path,
		    strerror(errno));
		free(d->temporary);
		d->temporary = NULL;
		goto out;
	}
	mask = umask(0);
	umask(mask);
	if (chmod(d->temporary, 0777 & ~mask) == 0)
		return d;
	error_set(err, atomicfile_status(errno), "%s: %s", path,
	    strerror(errno));
out:
	atomicdir_abandon(d);
	return NULL;
}

const char *
atomicdir_path(const struct atomicdir *d)
{
	return d->temporary;
}

static char *
inside(const struct atomicdir *d, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", d->temporary, name) < 0 ? NULL : path;
}

static int
copy(int in, const char *from, struct atomicfile *to, struct error *err)
{
	char *block = malloc(1 << 16);
	ssize_t n;
	int result = -1;

	if (block == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	while ((n = read(in, block, 1 << 16)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set(err, STATUS_IO, "%s: %s", from,
			    strerror(errno));
			goto out;
		}
		if (atomicfile_write(to, block, (size_t)n, err) != 0)
			goto out;
	}
	result = 0;
out:
	free(block);
	return result;
}

int
atomicdir_copy(struct atomicdir *d, const char *from, int optional,
    struct error *err)
{
	const char *name = strrchr(from, '/');
	struct atomicfile *file = NULL;
	char *path = NULL;
	int in, result = -1;

	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0 && errno == ENOENT && optional)
		return 0;
	if (in < 0)
		return error_input(err, from);
	path = inside(d, name == NULL ? from : name + 1);
	if (path == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	file = atomicfile_create(path, err);
	if (file != NULL && copy(in, from, file, err) == 0)
		result = atomicfile_commit(file, err);
out:
	atomicfile_abandon(file);
	free(path);
	close(in);
	return result;
}

int
atomicdir_write(struct atomicdir *d, const char *name, const void *data,
    size_t length, struct error *err)
{
	struct atomicfile *file;
	char *path = inside(d, name);
	int result = -1;

	if (path == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	file = atomicfile_create(path, err);
	if (file != NULL && atomicfile_write(file, data, length, err) == 0)
		result = atomicfile_commit(file, err);
	atomicfile_abandon(file);
	free(path);
	return result;
}

/* What others have put there with their own calls is fsynced too. */
static int
sync_files(const struct atomicdir *d, struct error *err)
{
	DIR *dir = opendir(d->temporary);
	struct dirent *e;
	int fd, result = 0;

	if (dir == NULL)
		return error_set(err, STATUS_IO, "%s: %s", d->temporary,
		    strerror(errno));
	while (result == 0 && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, "..") == 0)
			continue;
		fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
			result = error_set(err, STATUS_IO, "%s/%s: %s",
			    d->temporary, e->d_name, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	closedir(dir);
	return result;
}

int
atomicdir_commit(struct atomicdir *d, struct error *err)
{
	struct stat st;

	if (sync_files(d, err) != 0)
		return -1;
	/* rename(2) would replace an empty directory. */
	if (lstat(d->path, &st) == 0)
		return error_set(err, STATUS_CANTCREATE, "%s: exists",
		    d->path);
	if (rename(d->temporary, d->path) != 0)
		return error_set(err, errno == EEXIST || errno == ENOTEMPTY ||
		    errno == ENOTDIR ? STATUS_CANTCREATE : STATUS_IO,
		    "%s: %s", d->path, strerror(errno));
	d->committed = 1;
	return atomicfile_sync_parent(d->path, err);
}

/* The directory is flat, as everything that writes it is ours. */
static void
clear(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

void
atomicdir_abandon(struct atomicdir *d)
{
	if (d == NULL)
		return;
	if (d->temporary != NULL && !d->committed)
		clear(d->temporary);
	free(d->temporary);
	free(d->path);
	free(d);
}
