#ifndef KERNELS_CUDA_DISTRIBUTION_H
#define KERNELS_CUDA_DISTRIBUTION_H

/*
 * The softmax of one row of logits by one block, in one fixed order: the one
 * place where it is computed, so that sampler and update agree in every bit.
 */
#include "kernels/cuda/device.h"
#include "kernels/cuda/reduce.h"

#define DISTRIBUTION_BLOCK 512 /* summed in fp32 before they join in double */
#define DISTRIBUTION_THREADS 256

/* e^z is 0 from here on; finite, so that z·e^z is 0 for a logit of -inf. */
#define DISTRIBUTION_LOWEST (-128.0f)

/* Σ exp and its relatives; z = (logit − max)/temperature. */
struct distribution {
	float max, inverse;
	double total;   /* Σ e^z ≥ 1; NaN where a logit is NaN or +inf */
	double log_total;
	double sum_ez;  /* Σ z·e^z */
};

#if defined(__CUDACC__)
__host__ __device__
#endif
static inline size_t
distribution_blocks(size_t V)
{
	return (V + DISTRIBUTION_BLOCK - 1) / DISTRIBUTION_BLOCK;
}

/* Bytes of shared memory for blocks' sums. */
static inline size_t
distribution_bytes(size_t V)
{
	return 2 * distribution_blocks(V) * sizeof(double);
}

DEVICE float
distribution_weight(const struct distribution *s, float logit)
{
	return expf((logit - s->max) * s->inverse);
}

/* Not max/T + log Σ first: near 0 that would leave few bits. */
DEVICE float
distribution_logprob(const struct distribution *s, float logit)
{
	return (float)(((double)logit - s->max) * s->inverse - s->log_total);
}

DEVICE float
distribution_lse(const struct distribution *s)
{
	return (float)((double)s->max * s->inverse + s->log_total);
}

/* Σ of n doubles in their order, by every thread. */
DEVICE double
distribution_sum(const double *blocks, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += blocks[i];
	return sum;
}

/*
 * blocks (2, distribution_blocks(V)) shared; all threads of the block have the
 * result.
 */
DEVICE struct distribution
distribution_row(double *blocks, const float *logits, float temperature,
    size_t V)
{
	size_t n = distribution_blocks(V), lane = threadIdx.x % WARP;
	struct distribution s = {-INFINITY, 1.0f / temperature, 0, 0, 0};

	EACH_OF_BLOCK(i, V)
		s.max = logits[i] > s.max ? logits[i] : s.max;
	s.max = reduce_max(s.max);
	for (size_t b = threadIdx.x / WARP; b < n; b += blockDim.x / WARP) {
		size_t end = V - b * DISTRIBUTION_BLOCK;
		float sum = 0, sum_ez = 0;

		end = end < DISTRIBUTION_BLOCK ? end : DISTRIBUTION_BLOCK;
		for (size_t i = lane; i < end; i += WARP) {
			float z = (logits[b * DISTRIBUTION_BLOCK + i] -
			    s.max) * s.inverse;
			float e = expf(z);

			sum += e;
			sum_ez += e * (z > DISTRIBUTION_LOWEST ? z :
			    DISTRIBUTION_LOWEST);
		}
		sum = reduce_warp(sum);
		sum_ez = reduce_warp(sum_ez);
		if (lane == 0) {
			blocks[b] = (double)sum;
			blocks[n + b] = (double)sum_ez;
		}
	}
	SYNC();
	s.total = distribution_sum(blocks, n);
	s.sum_ez = distribution_sum(blocks + n, n);
	s.log_total = log(s.total);
	SYNC();
	return s;
}

#endif
