#ifndef KERNELS_CPU_ISA_SOFTMAX_H
#define KERNELS_CPU_ISA_SOFTMAX_H

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/isa/vec.h"

/* Logits whose exponentials are summed in fp32 before they join in double. */
#define SOFTMAX_BLOCK 512

/* Σ exp and its relatives of one row; z = (logit − max)/temperature. */
struct softmax {
	float max;      /* the largest logit */
	float inverse;  /* 1/temperature */
	double total;   /* Σ e^z ≥ 1; NaN where a logit is NaN or +inf */
	double log_total;
	double sum_ez;  /* Σ z·e^z */
};

static inline size_t
softmax_blocks(size_t V)
{
	return (V + SOFTMAX_BLOCK - 1) / SOFTMAX_BLOCK;
}

/*
 * softmax_row(s, blocks, groups, logits, temperature, V):
 * Fill ${s} from logits (V), and ${blocks} (softmax_blocks(V)), unless NULL,
 * with the sums of e^z whose sum in order is s->total.  ${groups}
 * (softmax_blocks(V), LANES), unless NULL, get the largest logit of each lane
 * in a block.  The one place where these are computed, so that sampler and
 * update agree in every bit.
 */
void ISA_NAME(softmax_row)(struct softmax *s, double *blocks, float *groups,
    const float *logits, float temperature, size_t V);

/* The log probability of an entry with this logit. */
float ISA_NAME(softmax_logprob)(const struct softmax *s, float logit);

/*
 * softmax_weights(out, s, logits, n):
 * out (n) = e^z of logits (n); out has room for a multiple of LANES.
 */
void ISA_NAME(softmax_weights)(float *out, const struct softmax *s,
    const float *logits, size_t n);

#endif
