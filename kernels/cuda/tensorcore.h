#ifndef KERNELS_CUDA_TENSORCORE_H
#define KERNELS_CUDA_TENSORCORE_H

/*
 * Tensor cores, as much of them as attention needs: products of a warp's 16 by
 * 16 and 16 by 8 tiles of bfloat16, summed in fp32, and how the tiles come to
 * its lanes.  The layouts are those of PTX ISA, mma.m16n8k16 and ldmatrix: with
 * g = lane / 4 and t = lane % 4, a word having two neighbours,
 *
 * a[4] of (16, 16): (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8)
 * b[2] of (16, 8), by columns: (2t, g), (2t + 8, g)
 * c[4] of (16, 8): (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1)
 *
 * tensor_multiply(c, a, b)   c += a · b
 * tensor_load(out, row)      word i is (g, 2t) of the 8 by 8 matrix i, whose
 *                            row r, 16 bytes in shared memory, is at what lane
 *                            8i + r says; all lanes of the warp take part
 * tensor_load_transposed     the same of each matrix transposed
 * tensor_copy(to, from)      16 bytes to shared memory, some time before
 * tensor_copies_end()        ends a group of them, and
 * tensor_copies_wait(n)      waits for all of this thread's groups but the
 *                            last n, a constant
 */
#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"

#define TENSOR_WORDS 2 /* of bfloat16 that a word has */

#ifdef __CUDACC__
#define UNROLL _Pragma("unroll")

DEVICE void
tensor_multiply(float c[4], const uint32_t a[4], const uint32_t b[2])
{
	asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
	    "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
	    : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
	    : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE uint32_t
tensor_shared(const void *p)
{
	return (uint32_t)__cvta_generic_to_shared(p);
}

DEVICE void
tensor_load(uint32_t out[4], const uint16_t *row)
{
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 "
	    "{%0, %1, %2, %3}, [%4];"
	    : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
	    : "r"(tensor_shared(row)) : "memory");
}

DEVICE void
tensor_load_transposed(uint32_t out[4], const uint16_t *row)
{
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 "
	    "{%0, %1, %2, %3}, [%4];"
	    : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
	    : "r"(tensor_shared(row)) : "memory");
}

DEVICE void
tensor_copy(void *to, const void *from)
{
	asm volatile("cp.async.cg.shared.global [%0], [%1], 16;"
	    : : "r"(tensor_shared(to)), "l"(__cvta_generic_to_global(from))
	    : "memory");
}

DEVICE void
tensor_copies_end(void)
{
	asm volatile("cp.async.commit_group;" : : : "memory");
}

#define tensor_copies_wait(n) \
	asm volatile("cp.async.wait_group %0;" : : "n"(n) : "memory")

/* Two neighbours, each to nearest even. */
DEVICE uint32_t
tensor_pair(float first, float second)
{
	uint32_t word;

	asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word)
	    : "f"(second), "f"(first));
	return word;
}
#else
#define UNROLL
#define tensor_multiply(c, a, b) \
	emulate_multiply(c, a, b, __FILE__, __LINE__)
#define tensor_load(out, row) \
	emulate_load(out, row, 0, __FILE__, __LINE__)
#define tensor_load_transposed(out, row) \
	emulate_load(out, row, 1, __FILE__, __LINE__)
#define tensor_copy emulate_copy
#define tensor_copies_end emulate_copies_end
#define tensor_copies_wait emulate_copies_wait

DEVICE uint32_t
tensor_pair(float first, float second)
{
	return element_round(first) | (uint32_t)element_round(second) << 16;
}
#endif

#endif
