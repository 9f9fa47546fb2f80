#ifndef IO_TENSOR_H
#define IO_TENSOR_H

#include <stddef.h>

#include "lib/io/safetensors.h"

/* Bytes an element: F32, F16, BF16. */
size_t tensor_size(enum tensor_type type);

/*
 * Store ${count} floats as F32, F16 or BF16, rounded to nearest even; beyond
 * F16's range they become infinite.
 */
void tensor_from_f32(void *out, enum tensor_type type, const float *values,
    size_t count);

#endif
