#ifndef KERNELS_CUDA_RUNTIME_H
#define KERNELS_CUDA_RUNTIME_H

/*
 * What the operations need of a device beside kernels: its memory and order.
 * runtime_gpu.cu has it from CUDA, emulate_runtime.c from the test's GPU.
 * All work is in one order; copies to the host wait for it.
 */
#include <stddef.h>

#include "kernels/kernels.h"

#ifdef __CUDACC__
#include <cuda_runtime.h>

/* Ends the program with the call's place where it fails. */
#define RUNTIME(call) runtime_check((int)(call), #call, __FILE__, __LINE__)
void runtime_check(int status, const char *call, const char *file, int line);

cudaStream_t runtime_stream(struct kernels *k);

/* Let a kernel have so many bytes of dynamic shared memory. */
void runtime_reserve(const void *kernel, size_t shared);
#endif

/* Zeroed; NULL when there is none.  64-byte aligned. */
void *runtime_alloc(struct kernels *k, size_t bytes);
void runtime_free(struct kernels *k, void *p);
size_t runtime_memory_free(struct kernels *k);

/* Whether a kernel can read it. */
int runtime_on_device(const void *p);

/* Whether runtime_alloc_host gave it. */
int runtime_pinned(const void *p);

/* From anywhere to anywhere; ${in} may change once it returns. */
void runtime_copy(struct kernels *k, void *out, const void *in, size_t bytes);
void runtime_zero(struct kernels *k, void *out, size_t bytes);

/* kernels.h's download, in two halves. */
void runtime_download_begin(struct kernels *k, void *host, const void *in,
    size_t bytes);
void runtime_download_end(struct kernels *k);

/*
 * Kernels launched between these are not run, but recorded; what is returned
 * runs them in runtime_replay.  Copies may not be among them.
 */
void runtime_record_begin(struct kernels *k);
void *runtime_record_end(struct kernels *k);
void runtime_replay(struct kernels *k, void *recorded);
void runtime_forget(void *recorded);

/* The same of host memory that copies are made from and to without a detour. */
void *runtime_alloc_host(struct kernels *k, size_t bytes);
void runtime_free_host(struct kernels *k, void *p);

/*
 * Copies beside the work, or in its order without a wait.  A lane's copies are
 * made in their order; only runtime_follow says what they wait for in another
 * lane.  Operations and runtime_copy are RUNTIME_WORK's.
 */
enum runtime_lane { RUNTIME_WORK, RUNTIME_UP, RUNTIME_DOWN };

/* The host's side is runtime_alloc_host's; in NULL: zeros. */
void runtime_copy_beside(struct kernels *k, enum runtime_lane lane, void *out,
    const void *in, size_t bytes);

/* What `lane` gets from now on waits for all that `after` has got. */
void runtime_follow(struct kernels *k, enum runtime_lane lane,
    enum runtime_lane after);

/* Remember what the lane has got so far as mark 0 or 1; wait until it is done,
 * at once where there was no mark. */
void runtime_mark(struct kernels *k, enum runtime_lane lane, size_t mark);
void runtime_reach(struct kernels *k, size_t mark);

/* All work so far is done. */
void runtime_wait(struct kernels *k);

/*
 * runtime_matmul(k, out, out_type, in, weight, bias, addend, type, M, N, K):
 * The library's product, as kernels.h's matmul with weight (N, K); -1: it has
 * none for this, nothing was done.
 */
int runtime_matmul(struct kernels *k, void *out, enum dtype out_type,
    const void *in, const void *weight, const float *bias,
    const float *addend, enum dtype type, size_t M, size_t N, size_t K);

/* din (M, K) fp32 = dout (M, N) · weight (N, K); -1: as above. */
int runtime_matmul_input(struct kernels *k, float *din, const void *dout,
    const void *weight, enum dtype type, size_t M, size_t N, size_t K);

/* dweight (N, K) += doutᵀ · in as kernels.h has it; -1: as above. */
int runtime_matmul_weight(struct kernels *k, float *dweight, const void *dout,
    const void *in, enum dtype type, size_t M, size_t N, size_t K);

#endif
