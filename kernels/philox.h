#ifndef KERNELS_PHILOX_H
#define KERNELS_PHILOX_H

#include <stdint.h>

#ifdef __CUDACC__
#define PHILOX static inline __host__ __device__
#else
#define PHILOX static inline
#endif

/*
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel
 * random numbers: as easy as 1, 2, 3" (SC 2011).  The same bits on every
 * device, thread and batch: a draw is a function of its counter and key.
 */
PHILOX void
philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
	uint32_t c0 = counter[0], c1 = counter[1];
	uint32_t c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < 10; round++) {
		uint64_t p0 = (uint64_t)0xD2511F53 * c0;
		uint64_t p1 = (uint64_t)0xCD9E8D57 * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += 0x9E3779B9;
		k1 += 0xBB67AE85;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

/* What one draw of a sampled token depends on, and nothing else. */
struct draw {
	uint64_t seed;
	uint64_t prompt;   /* a hash of the prompt's id */
	uint32_t sample;   /* 0 … N-1 */
	uint32_t position; /* 0 for the response's first token */
};

/* Uniform in [0, 1): 53 bits; no need of (k + 0.5)/2^53 as 1 is excluded. */
PHILOX double
philox_uniform(const struct draw *d)
{
	uint32_t counter[4] = {d->position, d->sample, (uint32_t)d->prompt,
	    (uint32_t)(d->prompt >> 32)};
	uint32_t key[2] = {(uint32_t)d->seed, (uint32_t)(d->seed >> 32)};
	uint32_t out[4];

	philox(out, counter, key);
	return (double)((((uint64_t)out[0] << 32) | out[1]) >> 11) *
	    0x1.0p-53;
}

#endif
