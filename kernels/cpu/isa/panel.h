#ifndef KERNELS_CPU_ISA_PANEL_H
#define KERNELS_CPU_ISA_PANEL_H

#include "kernels/cpu/isa/vec.h"
#include "kernels/kernels.h"

/*
 * The core of every matrix product: up to PANEL_ROWS × PANEL sums over one
 * panel of packed units.  A unit is 32 bits: a float, or two bfloat16 that are
 * neighbours in K (the even one below).  A panel holds PANEL units for each
 * step of K, one a column, zero where the matrix ends.
 */
#define PANEL_ROWS 6
#define PANEL 64
#define PANEL_LINE (PANEL * 4) /* bytes of a step */

/* Elements in a unit. */
static inline size_t
panel_width(enum dtype type)
{
	return type == DTYPE_BF16 ? 2 : 1;
}

/* Units in K elements. */
static inline size_t
panel_units(enum dtype type, size_t K)
{
	return (K + panel_width(type) - 1) / panel_width(type);
}

#define panel_product ISA_NAME(panel_product)
#define panel_product_columns ISA_NAME(panel_product_columns)

/*
 * panel_product(sum, first, a, lda, b, type, rows, K, soon, pace):
 * sum (rows, PANEL) += a (rows, K) · b, or = where ${first}.  The rows of
 * ${a} lie ${lda} bytes apart.  Each sum is carried over K one step after the
 * other, so cutting K into calls (at even places) changes no bit.  At
 * every step half a panel's line is fetched from ${soon}, which then advances
 * by ${pace} bytes.
 */
void
panel_product(float *sum, int first, const void *a, size_t lda, const void *b,
    enum dtype type, size_t rows, size_t K, const void *soon, size_t pace);

/*
 * panel_product_columns(sum, a, lda, b, ldb, type, rows, units):
 * sum (rows, PANEL) = a · b, where the ${rows} units of a step of ${a} are
 * neighbours.  The steps of ${a} lie ${lda} bytes apart, those of ${b}
 * ${ldb} bytes.
 */
void panel_product_columns(float *sum, const void *a, size_t lda,
    const void *b, size_t ldb, enum dtype type, size_t rows, size_t units);

#endif
