#ifndef KERNELS_CUDA_FEW_H
#define KERNELS_CUDA_FEW_H

#include <stdint.h>

#include "kernels/kernels.h"

#define FEW_ROWS 16
#define FEW_SHAPES 64
#define FEW_ALIGN 16 /* bytes */

/* A product that was tried. */
struct few_shape {
	size_t N, K;
	enum dtype out_type;
	int bias, addend;
	int agrees; /* with the library */
};

/*
 * Whether the library's algorithms take these, which may be NULL: a product of
 * other pointers is the plain kernel's with any number of rows, as both ways
 * ask this.
 */
static inline int
few_aligned(const void *out, const void *in, const void *weight,
    const void *bias, const void *addend)
{
	return ((uintptr_t)out | (uintptr_t)in | (uintptr_t)weight |
	    (uintptr_t)bias | (uintptr_t)addend) % FEW_ALIGN == 0;
}

/*
 * kernels.h's matmul of up to FEW_ROWS rows; -1: it can't be had with the same
 * bits as with many, nothing was done.
 */
int few_matmul(struct kernels *k, void *out, enum dtype out_type,
    const void *in, const void *weight, const float *bias,
    const float *addend, enum dtype type, size_t M, size_t N, size_t K);

/* Whether n bytes at two places of the device's memory are the same. */
int few_same(struct kernels *k, const void *a, const void *b, size_t n);

#endif
