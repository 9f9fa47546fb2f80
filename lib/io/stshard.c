/*
 * One safetensors file: one mmap, every tensor checked before anyone sees a
 * pointer to it.  A file that shrinks while it is mapped is not guarded
 * against.
 */
#include "lib/io/stshard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The limit of the format's own library. */
#define HEADER_MAX 100000000

static const struct {
	const char *name;
	enum tensor_type type;
	size_t bits;
} types[] = {
	{"F32", TENSOR_F32, 32}, {"F16", TENSOR_F16, 16},
	{"BF16", TENSOR_BF16, 16}, {"F64", TENSOR_OTHER, 64},
	{"I64", TENSOR_OTHER, 64}, {"U64", TENSOR_OTHER, 64},
	{"I32", TENSOR_OTHER, 32}, {"U32", TENSOR_OTHER, 32},
	{"I16", TENSOR_OTHER, 16}, {"U16", TENSOR_OTHER, 16},
	{"I8", TENSOR_OTHER, 8}, {"U8", TENSOR_OTHER, 8},
	{"BOOL", TENSOR_OTHER, 8}, {"F8_E4M3", TENSOR_OTHER, 8},
	{"F8_E5M2", TENSOR_OTHER, 8},
};

static int
map_file(struct stshard *s, const char *path, struct error *err)
{
	struct stat st;
	void *map;
	int fd, result = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_input(err, path);
	if (fstat(fd, &st) != 0) {
		error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size < 8) {
		error_set(err, STATUS_DATA, "%s: not a safetensors file",
		    path);
		goto out;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
		goto out;
	}
	s->map = map;
	s->length = (size_t)st.st_size;
	result = 0;
out:
	close(fd);
	return result;
}

/* A JSON integer as a size; -1 if it is none. */
static int
get_size(const json_t *value, size_t *size)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -1;
	*size = (size_t)json_integer_value(value);
	return 0;
}

static int
read_shape(struct tensor *t, const json_t *shape)
{
	size_t i;

	t->dims = json_array_size(shape);
	if (!json_is_array(shape) || t->dims > TENSOR_DIMS)
		return -1;
	t->count = 1;
	for (i = 0; i < t->dims; i++) {
		if (get_size(json_array_get(shape, i), &t->shape[i]) != 0 ||
		    __builtin_mul_overflow(t->count, t->shape[i], &t->count))
			return -1;
	}
	return 0;
}

/* One entry of a header, whose data area has `length` bytes. */
static int
read_tensor(struct tensor *t, const char *name, const json_t *entry,
    const unsigned char *data, size_t length, struct error *err)
{
	const json_t *offsets = json_object_get(entry, "data_offsets");
	const char *type = json_string_value(json_object_get(entry, "dtype"));
	size_t begin, end, bits, i, n = sizeof(types) / sizeof(types[0]);

	t->name = name;
	for (i = 0; type != NULL && i < n; i++)
		if (strcmp(types[i].name, type) == 0)
			break;
	if (type == NULL || i == n)
		return error_set(err, STATUS_DATA, "%s: unknown dtype %s",
		    name, type != NULL ? type : "(none)");
	t->type = types[i].type;
	if (read_shape(t, json_object_get(entry, "shape")) != 0 ||
	    __builtin_mul_overflow(t->count, types[i].bits, &bits))
		return error_set(err, STATUS_DATA, "%s: bad shape", name);
	if (json_array_size(offsets) != 2 ||
	    get_size(json_array_get(offsets, 0), &begin) != 0 ||
	    get_size(json_array_get(offsets, 1), &end) != 0)
		return error_set(err, STATUS_DATA, "%s: bad data_offsets",
		    name);
	if (begin > end || end > length)
		return error_set(err, STATUS_DATA,
		    "%s: data_offsets [%zu,%zu] outside the file's %zu bytes",
		    name, begin, end, length);
	if (end - begin != bits / 8)
		return error_set(err, STATUS_DATA,
		    "%s: %zu bytes where its shape needs %zu", name,
		    end - begin, bits / 8);
	t->data = data + begin;
	return 0;
}

/*
 * The header of a mapped file.  The length of the text is checked before it is
 * parsed, and jansson bounds how deep it may nest.
 */
static int
read_header(struct stshard *s, const unsigned char **data, size_t *length,
    struct error *err)
{
	json_error_t where;
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | s->map[i];
	if (n > HEADER_MAX || n > s->length - 8)
		return error_set(err, STATUS_DATA,
		    "header of %llu bytes in a file of %zu",
		    (unsigned long long)n, s->length);
	s->header = json_loadb((const char *)s->map + 8, (size_t)n,
	    JSON_REJECT_DUPLICATES, &where);
	if (s->header == NULL)
		return error_set(err, STATUS_DATA, "header: %s", where.text);
	if (!json_is_object(s->header))
		return error_set(err, STATUS_DATA,
		    "header: not a JSON object");
	*data = s->map + 8 + n;
	*length = s->length - 8 - (size_t)n;
	return 0;
}

struct extent {
	size_t begin, end;
	const char *name;
};

static int
by_extent(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* A file's tensors must cover its data, each byte once. */
static int
check_cover(json_t *header, size_t length, struct error *err)
{
	struct extent *extents;
	const char *name;
	json_t *entry, *offsets;
	size_t i, n = 0, end = 0;
	int result = -1;

	extents = calloc(json_object_size(header) + 1, sizeof(*extents));
	if (extents == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	json_object_foreach(header, name, entry) {
		if (strcmp(name, "__metadata__") == 0)
			continue;
		offsets = json_object_get(entry, "data_offsets");
		extents[n++] = (struct extent){
			(size_t)json_integer_value(json_array_get(offsets, 0)),
			(size_t)json_integer_value(json_array_get(offsets, 1)),
			name};
	}
	qsort(extents, n, sizeof(*extents), by_extent);
	for (i = 0; i < n; end = extents[i++].end) {
		if (extents[i].begin == end)
			continue;
		error_set(err, STATUS_DATA, "%s: %s before its data",
		    extents[i].name, extents[i].begin < end ? "an overlap" :
		    "a hole");
		goto out;
	}
	if (end != length) {
		error_set(err, STATUS_DATA,
		    "%zu bytes that belong to no tensor", length - end);
		goto out;
	}
	result = 0;
out:
	free(extents);
	return result;
}

static int
read_tensors(struct stshard *s, struct error *err)
{
	const unsigned char *data;
	const char *name;
	json_t *entry;
	size_t length;

	if (read_header(s, &data, &length, err) != 0)
		return -1;
	s->tensors = calloc(json_object_size(s->header) + 1,
	    sizeof(*s->tensors));
	if (s->tensors == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	json_object_foreach(s->header, name, entry) {
		if (strcmp(name, "__metadata__") == 0)
			continue;
		if (read_tensor(&s->tensors[s->count], name, entry, data,
		    length, err) != 0)
			return -1;
		s->count++;
	}
	return check_cover(s->header, length, err);
}

int
stshard_open(struct stshard *s, const char *path, struct error *err)
{
	if (map_file(s, path, err) != 0)
		return -1;
	if (read_tensors(s, err) != 0)
		return error_prefix(err, "%s: ", path);
	return 0;
}

void
stshard_close(struct stshard *s)
{
	if (s->map != NULL)
		munmap((void *)s->map, s->length);
	json_decref(s->header);
	free(s->tensors);
	memset(s, 0, sizeof(*s));
}
