#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* The exit statuses of DESIGN.md, section 2, which are also error classes. */
enum status {
	STATUS_OK = 0,
	STATUS_USAGE = 64,       /* bad command line */
	STATUS_DATA = 65,        /* malformed data */
	STATUS_NOINPUT = 66,     /* input missing */
	STATUS_UNAVAILABLE = 69, /* device or feature not available here */
	STATUS_INTERNAL = 70,    /* our own bug, or a failed computation */
	STATUS_CANTCREATE = 73,  /* output can't be created, or exists */
	STATUS_IO = 74,          /* I/O error, disk full */
	STATUS_TEMPFAIL = 75     /* try again: no memory, another at work */
};

/*
 * What went wrong: libraries fill it in and return -1 or NULL; a tool prints
 * `text` once, behind its own name, and exits with `status`.
 */
struct error {
	enum status status;
	char text[1024];
};

/*
 * error_set(err, status, fmt, ...):
 * Fill ${err} (which may be NULL).  Returns -1, so that a function can
 * `return error_set(...)`.
 */
int error_set(struct error *err, enum status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * error_prefix(err, fmt, ...):
 * Put a place ("FILE:LINE: ") in front of the message.  Returns -1.
 */
int error_prefix(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * error_input(err, path):
 * An input can't be opened or read, for the reason that errno gives:
 * STATUS_NOINPUT where there is no such file or none that we may read (a
 * directory, no permission), STATUS_TEMPFAIL without memory, STATUS_IO where a
 * file failed.  ${path} stands in
 * front, unless it is NULL.  Returns -1.
 */
int error_input(struct error *err, const char *path);

#endif
