/* A directory's tensors: one file, or the shards that an index names. */
#include "lib/io/safetensors.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io/stshard.h"
#include "lib/io/tensor.h"

struct shard {
	char *name;
	struct stshard file;
};

struct safetensors {
	struct shard *shards;
	size_t nshards;
	struct tensor *tensors; /* sorted by name */
	size_t count;
};

static int
by_name(const void *a, const void *b)
{
	const struct tensor *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Map and read DIR/NAME. */
static int
add_shard(struct safetensors *s, const char *dir, const char *name,
    struct error *err)
{
	struct shard *shards, *shard;
	struct tensor *tensors;
	char *path = NULL;
	int result;

	shards = realloc(s->shards, (s->nshards + 1) * sizeof(*shards));
	if (shards == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	s->shards = shards;
	shard = &shards[s->nshards++];
	memset(shard, 0, sizeof(*shard));
	shard->name = strdup(name);
	if (shard->name == NULL || asprintf(&path, "%s/%s", dir, name) < 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	result = stshard_open(&shard->file, path, err);
	free(path);
	if (result != 0)
		return -1;
	tensors = realloc(s->tensors, (s->count + shard->file.count + 1) *
	    sizeof(*tensors));
	if (tensors == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	s->tensors = tensors;
	if (shard->file.count > 0)
		memcpy(tensors + s->count, shard->file.tensors,
		    shard->file.count * sizeof(*tensors));
	s->count += shard->file.count;
	return 0;
}

/* Which shard holds a tensor; NULL if none does. */
static const char *
shard_of(const struct safetensors *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nshards; i++)
		if (json_object_get(s->shards[i].file.header, name) != NULL)
			return s->shards[i].name;
	return NULL;
}

/* Read every shard once, then hold the index against what they have. */
static int
read_index(struct safetensors *s, const char *dir, json_t *map,
    struct error *err)
{
	const char *name, *file, *found;
	json_t *value;
	size_t i;

	json_object_foreach(map, name, value) {
		file = json_string_value(value);
		/* A name that leads elsewhere is no shard of this directory. */
		if (file == NULL || strchr(file, '/') != NULL ||
		    file[0] == '.' || file[0] == '\0')
			return error_set(err, STATUS_DATA,
			    "weight_map: %s: bad file name", name);
		for (i = 0; i < s->nshards; i++)
			if (strcmp(s->shards[i].name, file) == 0)
				break;
		if (i == s->nshards && add_shard(s, dir, file, err) != 0)
			return -1;
	}
	json_object_foreach(map, name, value) {
		found = shard_of(s, name);
		if (found == NULL ||
		    strcmp(found, json_string_value(value)) != 0)
			return error_set(err, STATUS_DATA,
			    "weight_map: %s: not in %s", name,
			    json_string_value(value));
	}
	for (i = 0; i < s->count; i++)
		if (json_object_get(map, s->tensors[i].name) == NULL)
			return error_set(err, STATUS_DATA,
			    "weight_map: %s: missing", s->tensors[i].name);
	return 0;
}

static int
open_index(struct safetensors *s, const char *dir, const char *path,
    struct error *err)
{
	json_error_t where;
	json_t *index, *map;
	int result = -1;

	index = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (index == NULL)
		return error_set(err, STATUS_DATA, "%s:%d: %s", path,
		    where.line, where.text);
	map = json_object_get(index, "weight_map");
	if (!json_is_object(map))
		error_set(err, STATUS_DATA, "%s: weight_map: missing", path);
	else if ((result = read_index(s, dir, map, err)) != 0 &&
	    strncmp(err != NULL ? err->text : "", "weight_map", 10) == 0)
		error_prefix(err, "%s: ", path);
	json_decref(index);
	return result;
}

/* Sorted names make a search quick, and a second one of a name visible. */
static int
sort(struct safetensors *s, const char *dir, struct error *err)
{
	size_t i;

	if (s->count > 0)
		qsort(s->tensors, s->count, sizeof(*s->tensors), by_name);
	for (i = 1; i < s->count; i++)
		if (by_name(&s->tensors[i - 1], &s->tensors[i]) == 0)
			return error_set(err, STATUS_DATA,
			    "%s: tensor %s in two files", dir,
			    s->tensors[i].name);
	return 0;
}

struct safetensors *
safetensors_open(const char *dir, const char *stem, struct error *err)
{
	struct safetensors *s = calloc(1, sizeof(*s));
	char *name = NULL, *path = NULL, *index = NULL;
	int result = -1;

	if (s == NULL || asprintf(&name, "%s.safetensors", stem) < 0 ||
	    asprintf(&path, "%s/%s", dir, name) < 0 ||
	    asprintf(&index, "%s.index.json", path) < 0) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	if (access(path, F_OK) != 0 && access(index, F_OK) == 0)
		result = open_index(s, dir, index, err);
	else
		result = add_shard(s, dir, name, err);
	if (result == 0)
		result = sort(s, dir, err);
out:
	free(name);
	free(path);
	free(index);
	if (result != 0) {
		safetensors_close(s);
		s = NULL;
	}
	return s;
}

const struct tensor *
safetensors_find(const struct safetensors *s, const char *name)
{
	struct tensor key = {.name = name};

	if (s->count == 0)
		return NULL;
	return bsearch(&key, s->tensors, s->count, sizeof(key), by_name);
}

size_t
safetensors_count(const struct safetensors *s)
{
	return s->count;
}

const struct tensor *
safetensors_at(const struct safetensors *s, size_t i)
{
	return &s->tensors[i];
}

void
safetensors_drop(const struct tensor *t)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)t->data;
	uintptr_t to = from + t->count * tensor_size(t->type);

	from = (from + page - 1) / page * page;
	to = to / page * page;
	if (from < to)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

void
safetensors_close(struct safetensors *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nshards; i++) {
		stshard_close(&s->shards[i].file);
		free(s->shards[i].name);
	}
	free(s->shards);
	free(s->tensors);
	free(s);
}
