#ifndef KERNELS_CPU_ISA_OPS_H
#define KERNELS_CPU_ISA_OPS_H

/*
 * The operations of this folder, each compiled once for each instruction set
 * as ISA_NAME(operation).  The lists name members of struct kernels; an
 * operation's declaration is its member's type, so that neither can drift.
 */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/isa/vec.h"

/*
 * norm.c, swiglu.c, embedding.c, convert.c, logprob.c, divergence.c, sample.c,
 * adamw.c
 */
#define OPS_ROWS(X) \
	X(convert) \
	X(embedding_forward) \
	X(embedding_backward) \
	X(rmsnorm_forward) \
	X(rmsnorm_backward) \
	X(swiglu_forward) \
	X(swiglu_backward) \
	X(gather) \
	X(scatter_add) \
	X(logprob_forward) \
	X(logprob_backward) \
	X(kl_forward) \
	X(loss_backward) \
	X(sample) \
	X(sum_squares) \
	X(adamw_step) \
	X(probe)

/* Matrix products. */
#define OPS_MATMUL(X) \
	X(packed_bytes) \
	X(pack) \
	X(pack_transposed) \
	X(matmul) \
	X(matmul_backward_input) \
	X(matmul_backward_weight) \
	X(bias_backward)

/* Attention: attention.c, attention_backward.c, kv.c, rope.c */
#define OPS_ATTENTION(X) \
	X(kv_page_bytes) \
	X(rope_forward) \
	X(rope_backward) \
	X(attention_forward) \
	X(attention_backward) \
	X(kv_copy)

#define OP_DECLARE(name) \
	__typeof__(*((struct kernels *)0)->name) ISA_NAME(name);
OPS_ROWS(OP_DECLARE)
OPS_MATMUL(OP_DECLARE)
OPS_ATTENTION(OP_DECLARE)

/* What these files share among themselves: declare below. */

#endif
