#ifndef KERNELS_CUDA_CUDA_H
#define KERNELS_CUDA_CUDA_H

#include <stddef.h>

#include "kernels/cuda/few.h"
#include "kernels/kernels.h"

/* The CUDA backend: what its operations share. */
struct cuda {
	struct kernels k; /* first: a struct kernels * is a struct cuda * */
	size_t processors;
	size_t piece; /* elements of offloaded state a copy; 4096·n */
	char *pinned; /* two buffers of cuda_upload, once it needed them */
	int unpinned; /* there is no memory for them */
	size_t pinned_bytes; /* of one; 64·n */
	size_t pinned_used;  /* of the one whose turn it is */
	size_t turn;  /* 0 or 1 */
	void *scratch;
	size_t scratch_bytes;
	struct few_shape few[FEW_SHAPES]; /* matmul_few.cu's */
	size_t few_count;
	struct replay *replays; /* replay.cu's */
	struct replay *replayed, *recording;
};

/*
 * Fill in the table; the caller sets what describes the device: processors,
 * piece and pinned_bytes.
 */
void cuda_begin(struct cuda *c, const char *name);

/* Give scratch memory and buffers back. */
void cuda_end(struct cuda *c);

/*
 * cuda_scratch(k, bytes):
 * At least ${bytes} of device memory with any contents, the same at every call:
 * it belongs to the operation that runs.  Running out of memory ends the
 * program, as an operation has no way to report it.
 */
void *cuda_scratch(struct kernels *k, size_t bytes);

/* Blocks that keep the device busy with n elements, `threads` at a time. */
size_t cuda_blocks(const struct kernels *k, size_t n, size_t threads);

/*
 * cuda_add_parts(k, out, parts, n, C):
 * out (C) += Σ parts (n, C), row by row.
 */
void cuda_add_parts(struct kernels *k, float *out, const float *parts,
    size_t n, size_t C);

/* Forget what was recorded. */
void cuda_forget(struct kernels *k);

/*
 * offload_step(k, master, m, v, gradient, options, n):
 * adamw_step on masters and moments, and a gradient or not, that alloc_host
 * gave: while a piece is stepped, the next is copied here and the one before it
 * back.
 */
void offload_step(struct kernels *k, float *master, float *m, float *v,
    float *gradient, const struct adamw *options, size_t n);

/* kernels.h's upload. */
void cuda_upload(struct kernels *k, void *out, const void *host, size_t bytes);

/* The operations: members of struct kernels, whose types these are. */
#define CUDA_OPS(X) \
	X(convert) \
	X(packed_bytes) \
	X(pack) \
	X(matmul) \
	X(matmul_backward_input) \
	X(matmul_backward_weight) \
	X(bias_backward) \
	X(embedding_forward) \
	X(embedding_backward) \
	X(rmsnorm_forward) \
	X(rmsnorm_backward) \
	X(swiglu_forward) \
	X(swiglu_backward) \
	X(kv_page_bytes) \
	X(rope_forward) \
	X(rope_backward) \
	X(attention_forward) \
	X(attention_backward) \
	X(kv_copy) \
	X(gather) \
	X(scatter_add) \
	X(sum_squares) \
	X(logprob_forward) \
	X(logprob_backward) \
	X(kl_forward) \
	X(loss_backward) \
	X(sample) \
	X(adamw_step) \
	X(probe) \
	X(pick_tokens) \
	X(fetch) \
	X(fetched) \
	X(send) \
	X(sent) \
	X(replay_begin) \
	X(replay_end)

#define CUDA_DECLARE(name) __typeof__(*((struct kernels *)0)->name) cuda_##name;
CUDA_OPS(CUDA_DECLARE)

#endif
