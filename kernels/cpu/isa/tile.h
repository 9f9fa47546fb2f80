#ifndef KERNELS_TILE_H
#define KERNELS_TILE_H

/*
 * Small products of a few rows with a block, all that attention computes:
 * each element is a sum over k in ascending order, whatever rows and columns
 * are computed beside it.  Columns come in groups of 16.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernels/cpu/isa/vec.h"
#include "kernels/kernels.h"

#define TILE_ROWS 4

/*
 * s[r*KV_PAGE + j] = Σ_d q[r][d] · keys[d][j] for rows r < R <= TILE_ROWS and
 * j < 16·groups; q[r] (D) of type, keys as in kv.h.
 */
void ISA_NAME(tile_scores)(float *s, const void *const *q, const void *keys,
    enum dtype type, size_t R, size_t D, size_t groups);

/*
 * out[r][n] += Σ_k a[r][k·stride] · in[k][n] for rows r < R <= TILE_ROWS,
 * k < K and n < 16·groups; in (K, width) of type.
 */
void ISA_NAME(tile_product)(float *const *out, const float *const *a,
    size_t stride, const void *in, size_t width, enum dtype type, size_t R,
    size_t K, size_t groups);

#endif
