/*
 * A library to preload: the n-th call that makes files durable fails, in
 * whatever process of a tree it happens.  Counted are write, copy_file_range,
 * fsync, and the flush or close of a stream that holds something, on regular
 * files and folders below FAILING_DIR, and all renames.  FAILING_AT is n, 0 for
 * none; FAILING_ERRNO the error's number; FAILING_COUNT a file of 8 zero bytes,
 * which has the count.  FAILING_TRACE is a file that gets a line for each
 * write, fsync and rename: what, the inode, and for a rename the new parent's
 * inode and the name.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int renameat2(int, const char *, int, const char *, unsigned);

/* 1, with errno, for the one that fails. */
static int
fails(void)
{
	const char *at = getenv("FAILING_AT"), *path = getenv("FAILING_COUNT");
	const char *number = getenv("FAILING_ERRNO");
	int before = errno, fd, hit;
	uint64_t *count;

	if (at == NULL || path == NULL || number == NULL)
		return 0;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (count == MAP_FAILED)
		abort();
	hit = __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) ==
	    strtoull(at, NULL, 10);
	munmap(count, sizeof(*count));
	close(fd);
	errno = hit ? atoi(number) : before;
	return hit;
}

/* Is it a file or a folder that the test is about? */
static int
counts(int fd)
{
	const char *dir = getenv("FAILING_DIR");
	char link[64], path[4096];
	struct stat st;
	int before = errno;
	ssize_t n;

	if (dir == NULL || fstat(fd, &st) != 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
		errno = before;
		return 0;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	errno = before;
	return n > 0 && strncmp(path, dir, strlen(dir)) == 0;
}

/* For a stream with something to write; its own flag bash looks at. */
static int
stream_fails(FILE *f)
{
	if (__fpending(f) == 0 || !counts(fileno(f)) || !fails())
		return 0;
	f->_flags |= 0x20; /* _IO_ERR_SEEN */
	return 1;
}

/* A line of the trace, about a file that was changed or made durable. */
static void
trace(const char *what, int fd)
{
	const char *path = getenv("FAILING_TRACE");
	int before = errno, out;
	struct stat st;

	if (path == NULL || fstat(fd, &st) != 0)
		return;
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (out >= 0) {
		dprintf(out, "%s %ju\n", what, (uintmax_t)st.st_ino);
		close(out);
	}
	errno = before;
}

/* The same of a rename, but for links, which can't be fsynced. */
static void
trace_rename(const char *from, const char *to)
{
	const char *path = getenv("FAILING_TRACE"), *slash = strrchr(to, '/');
	int before = errno, out;
	struct stat st, parent;
	char dir[4096];

	snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 :
	    (int)(slash - to), slash == NULL ? "." : to);
	if (path == NULL || lstat(from, &st) != 0 || S_ISLNK(st.st_mode) ||
	    stat(dir, &parent) != 0)
		goto out;
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (out >= 0) {
		dprintf(out, "rename %ju %ju %s\n", (uintmax_t)st.st_ino,
		    (uintmax_t)parent.st_ino, to);
		close(out);
	}
out:
	errno = before;
}

/* The function of that name that this one stands before. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
write(int fd, const void *data, size_t length)
{
	if (counts(fd)) {
		if (fails())
			return -1;
		trace("write", fd);
	}
	return NEXT(write)(fd, data, length);
}

ssize_t
copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length,
    unsigned flags)
{
	if (counts(out)) {
		if (fails())
			return -1;
		trace("write", out);
	}
	return NEXT(copy_file_range)(in, from, out, to, length, flags);
}

int
fsync(int fd)
{
	int result;

	if (!counts(fd))
		return NEXT(fsync)(fd);
	result = fails() ? -1 : NEXT(fsync)(fd);
	if (result == 0)
		trace("fsync", fd);
	return result;
}

int
fflush(FILE *f)
{
	return f != NULL && stream_fails(f) ? EOF : NEXT(fflush)(f);
}

int
fclose(FILE *f)
{
	int bad = stream_fails(f), number = errno;
	int result = NEXT(fclose)(f);

	if (bad)
		errno = number;
	return bad ? EOF : result;
}

int
rename(const char *from, const char *to)
{
	if (fails())
		return -1;
	trace_rename(from, to);
	return NEXT(rename)(from, to);
}

/* Relative to the working directory, as nobody here names another. */
int
renameat(int in, const char *from, int out, const char *to)
{
	if (fails())
		return -1;
	trace_rename(from, to);
	return NEXT(renameat)(in, from, out, to);
}

int
renameat2(int in, const char *from, int out, const char *to, unsigned flags)
{
	int before = errno;

	/* A question: mv asks so first, and then renames.  No disk is asked. */
	if (flags == RENAME_NOREPLACE && access(to, F_OK) == 0)
		return NEXT(renameat2)(in, from, out, to, flags);
	errno = before;
	if (fails())
		return -1;
	trace_rename(from, to);
	return NEXT(renameat2)(in, from, out, to, flags);
}
