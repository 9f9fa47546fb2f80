#ifndef KERNELS_CUDA_FEW_H
#define KERNELS_CUDA_FEW_H

#include "kernels/kernels.h"

#define FEW_ROWS 16
#define FEW_SHAPES 64

/* A product that was tried. */
struct few_shape {
	size_t N, K;
	enum dtype out_type;
	int bias, addend;
	int agrees; /* with the library */
};

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
