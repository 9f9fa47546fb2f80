/*
 * A library to preload: the n-th call that makes files durable fails, in
 * whatever process of a tree it happens.  Counted are write, copy_file_range,
 * fsync, and the flush or close of a stream that holds something, on regular
 * files and folders below FAILING_DIR, and all renames.  FAILING_AT is n, 0 for
 * none; FAILING_ERRNO the error's number; FAILING_COUNT a file of 8 zero bytes,
 * which has the count.
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

/* The function of that name that this one stands before. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
write(int fd, const void *data, size_t length)
{
	return counts(fd) && fails() ? -1 : NEXT(write)(fd, data, length);
}

ssize_t
copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length,
    unsigned flags)
{
	return counts(out) && fails() ? -1 :
	    NEXT(copy_file_range)(in, from, out, to, length, flags);
}

int
fsync(int fd)
{
	return counts(fd) && fails() ? -1 : NEXT(fsync)(fd);
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
	return fails() ? -1 : NEXT(rename)(from, to);
}

int
renameat(int in, const char *from, int out, const char *to)
{
	return fails() ? -1 : NEXT(renameat)(in, from, out, to);
}

int
renameat2(int in, const char *from, int out, const char *to, unsigned flags)
{
	return fails() ? -1 : NEXT(renameat2)(in, from, out, to, flags);
}
