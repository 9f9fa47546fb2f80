/* Writing safetensors: the header first, then the data as it comes. */
#include "lib/io/safetensors.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/atomicfile.h"
#include "lib/io/tensor.h"

#define BLOCK 16384 /* values converted at a time */

struct piece {
	enum tensor_type type;
	size_t left; /* values still to come */
};

struct safetensors_writer {
	struct atomicfile *file;
	struct piece *pieces;
	size_t count, current;
	unsigned char block[4 * BLOCK];
};

/* "name":{"dtype":…,"shape":[…],"data_offsets":[…]}, through jansson. */
static json_t *
entry_of(const struct tensor *t, size_t *offset, struct error *err)
{
	static const char *const names[] = {"F32", "F16", "BF16"};
	size_t begin = *offset, count = 1, i;
	json_t *shape;

	if (t->type > TENSOR_BF16 || t->dims > TENSOR_DIMS) {
		error_set(err, STATUS_INTERNAL, "%s: can't be written",
		    t->name);
		return NULL;
	}
	shape = json_array();
	for (i = 0; i < t->dims; i++) {
		count *= t->shape[i];
		json_array_append_new(shape,
		    json_integer((json_int_t)t->shape[i]));
	}
	*offset += count * tensor_size(t->type);
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", names[t->type],
	    "shape", shape, "data_offsets", (json_int_t)begin,
	    (json_int_t)*offset);
}

static int
write_header(struct safetensors_writer *w, const struct tensor *tensors,
    struct error *err)
{
	json_t *header = json_pack("{s:{s:s}}", "__metadata__", "format", "pt");
	char *text = NULL;
	unsigned char length[8];
	size_t i, n, padded, offset = 0;
	int result = -1;

	for (i = 0; i < w->count; i++) {
		if (json_object_get(header, tensors[i].name) != NULL) {
			error_set(err, STATUS_INTERNAL, "%s: declared twice",
			    tensors[i].name);
			goto out;
		}
		if (json_object_set_new(header, tensors[i].name,
		    entry_of(&tensors[i], &offset, err)) != 0)
			goto out;
	}
	text = json_dumps(header, JSON_COMPACT);
	if (text == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	/* Blanks behind the header put the data at a multiple of 8. */
	n = strlen(text);
	padded = (n + 7) / 8 * 8;
	for (i = 0; i < 8; i++)
		length[i] = (unsigned char)((uint64_t)padded >> 8 * i);
	if (atomicfile_write(w->file, length, 8, err) == 0 &&
	    atomicfile_write(w->file, text, n, err) == 0)
		result = atomicfile_write(w->file, "       ", padded - n, err);
out:
	free(text);
	json_decref(header);
	return result;
}

struct safetensors_writer *
safetensors_create(const char *path, const struct tensor *tensors,
    size_t count, struct error *err)
{
	struct safetensors_writer *w = calloc(1, sizeof(*w));
	size_t i, j;

	error_set(err, STATUS_TEMPFAIL, "out of memory");
	if (w == NULL)
		return NULL;
	w->count = count;
	w->pieces = calloc(count + 1, sizeof(*w->pieces));
	if (w->pieces == NULL)
		goto out;
	for (i = 0; i < count; i++) {
		w->pieces[i].type = tensors[i].type;
		w->pieces[i].left = 1;
		for (j = 0; j < tensors[i].dims && j < TENSOR_DIMS; j++)
			w->pieces[i].left *= tensors[i].shape[j];
	}
	w->file = atomicfile_create(path, err);
	if (w->file == NULL || write_header(w, tensors, err) != 0)
		goto out;
	return w;
out:
	safetensors_abandon(w);
	return NULL;
}

/* Empty tensors want nothing. */
static void
skip_full(struct safetensors_writer *w)
{
	while (w->current < w->count && w->pieces[w->current].left == 0)
		w->current++;
}

int
safetensors_write(struct safetensors_writer *w, const float *values,
    size_t count, struct error *err)
{
	struct piece *p;
	size_t n;

	while (count > 0) {
		skip_full(w);
		if (w->current == w->count)
			return error_set(err, STATUS_INTERNAL,
			    "more values than declared");
		p = &w->pieces[w->current];
		n = count < BLOCK ? count : BLOCK;
		n = n < p->left ? n : p->left;
		tensor_from_f32(w->block, p->type, values, n);
		if (atomicfile_write(w->file, w->block,
		    n * tensor_size(p->type), err) != 0)
			return -1;
		p->left -= n;
		values += n;
		count -= n;
	}
	return 0;
}

int
safetensors_finish(struct safetensors_writer *w, struct error *err)
{
	int result;

	skip_full(w);
	if (w->current < w->count)
		result = error_set(err, STATUS_INTERNAL,
		    "fewer values than declared");
	else
		result = atomicfile_commit(w->file, err);
	safetensors_abandon(w);
	return result;
}

void
safetensors_abandon(struct safetensors_writer *w)
{
	if (w == NULL)
		return;
	atomicfile_abandon(w->file);
	free(w->pieces);
	free(w);
}
