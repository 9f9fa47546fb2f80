#ifndef IO_SAFETENSORS_H
#define IO_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum tensor_type { TENSOR_F32, TENSOR_F16, TENSOR_BF16, TENSOR_OTHER };

#define TENSOR_DIMS 8

/* A tensor in a mapped file: `data` points into the mapping. */
struct tensor {
	const char *name;
	enum tensor_type type;
	size_t dims;
	size_t shape[TENSOR_DIMS];
	size_t count;     /* elements */
	const void *data; /* little-endian, row-major, maybe unaligned */
};

/*
 * The tensors of a directory: model.safetensors, or the shards that
 * model.safetensors.index.json names.  Each file is one mmap.  Every length,
 * offset, shape and dtype is checked here, before use: header length within
 * the file, a JSON object without duplicate names, shape × size equal to the
 * offsets' difference, no overlap, hole or rest, no tensor twice, an index that
 * names just the tensors that its shards have.
 */
struct safetensors;

/*
 * Open DIR/STEM.safetensors or, without it, the shards that
 * DIR/STEM.safetensors.index.json names (STEM is "model").
 */
struct safetensors *safetensors_open(const char *dir, const char *stem,
    struct error *err); /* STATUS_NOINPUT, STATUS_DATA, STATUS_IO */

const struct tensor *safetensors_find(const struct safetensors *s,
    const char *name); /* NULL when absent */
size_t safetensors_count(const struct safetensors *s);
const struct tensor *safetensors_at(const struct safetensors *s, size_t i);
void safetensors_close(struct safetensors *s);

/*
 * Let the pages that only this tensor's data lies in leave memory; they come
 * again when they are read.
 */
void safetensors_drop(const struct tensor *t);

/* Whether F32 or BF16 data can be read in place. */
int tensor_aligned(const struct tensor *t);

/* Convert `count` elements from F32, F16 or BF16 to float. */
void tensor_to_f32(float *out, const struct tensor *t, size_t first,
    size_t count);

/*
 * Streaming writer: names, types and shapes are declared first, then the data
 * is given in the same order, in pieces of any size.  __metadata__ is
 * {"format":"pt"}.  The file appears, complete, at safetensors_finish.
 */
struct safetensors_writer;

struct safetensors_writer *safetensors_create(const char *path,
    const struct tensor *tensors, size_t count, struct error *err);
/* `values` floats, stored in the declared type (round to nearest even). */
int safetensors_write(struct safetensors_writer *w, const float *values,
    size_t count, struct error *err);
/* fsync, rename, free; -1 (STATUS_IO) or, data missing, STATUS_INTERNAL. */
int safetensors_finish(struct safetensors_writer *w, struct error *err);
/* Instead of a finish: remove the temporary file, free. */
void safetensors_abandon(struct safetensors_writer *w);

#endif
