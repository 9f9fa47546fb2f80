/* What this machine gives: multiplications, and bytes read. */
#include "kernels/cpu/isa/ops.h"

#include <omp.h>

#define RUNS 5
#define MOST ((size_t)256 << 20)
#define ENOUGH ((size_t)32 << 20) /* bytes to be timed at a time */

#ifdef ISA_avx512
#define CHAINS 8
#elif defined(ISA_avx2)
#define CHAINS 4
#else
#define CHAINS 2
#endif

/* Multiplications and additions that one step of all chains does. */
static double
step_flops(enum dtype type)
{
#ifdef ISA_avx512
	if (type == DTYPE_BF16)
		return 4.0 * LANES * CHAINS;
#endif
	(void)type;
	return 2.0 * LANES * CHAINS;
}

static inline vf
chain(vf acc, vf a, vf b, const enum dtype type)
{
#ifdef ISA_avx512
	if (type == DTYPE_BF16)
		return (vf)_mm512_dpbf16_ps((__m512)acc, (__m512bh)a,
		    (__m512bh)b);
#endif
	(void)type;
	/* Nothing here can be taken out of the loop. */
	return acc * a + b;
}

static inline __attribute__((always_inline)) float
multiply(size_t steps, float seed, const enum dtype type)
{
	vf acc[CHAINS], a = vf_set(seed), b = vf_set(1 - seed), sum = {0};

	for (int i = 0; i < CHAINS; i++)
		acc[i] = vf_set((float)i * seed);
	for (size_t s = 0; s < steps; s++)
#pragma GCC unroll 8
		for (int i = 0; i < CHAINS; i++)
			acc[i] = chain(acc[i], a, b, type);
	for (int i = 0; i < CHAINS; i++)
		sum += acc[i];
	return vf_sum(sum);
}

/* Every word of n, a multiple of 4·LANES. */
static float
sweep(const float *p, size_t n)
{
	vu sum[4] = {{0}};

	for (size_t i = 0; i < n; i += 4 * LANES)
		for (size_t j = 0; j < 4; j++)
			sum[j] ^= (vu)vf_load(p + i + j * LANES);
	return vf_sum((vf)((sum[0] ^ sum[1]) ^ (sum[2] ^ sum[3])));
}

/* A result that the compiler may not leave out. */
static void
keep(float x)
{
	__asm__ volatile("" : : "m"(x));
}

static double
seconds_of_steps(struct kernels *k, size_t steps, enum dtype type)
{
	double start = omp_get_wtime();

#pragma omp parallel num_threads(k->threads)
	keep(type == DTYPE_BF16 ? multiply(steps, 0.5f, DTYPE_BF16) :
	    multiply(steps, 0.5f, DTYPE_F32));
	return omp_get_wtime() - start;
}

/* Each thread its own n words, several times. */
static double
seconds_of_sweeps(struct kernels *k, const float *p, size_t n, size_t times)
{
	double start = omp_get_wtime();

#pragma omp parallel num_threads(k->threads)
	for (size_t i = 0; i < times; i++)
		keep(sweep(p + (size_t)omp_get_thread_num() * n, n));
	return omp_get_wtime() - start;
}

/* The best of some runs of as many steps as take 5 ms. */
static double
measure_flops(struct kernels *k, enum dtype type)
{
	size_t steps = 1 << 16;
	double best = 1, t;

	while (seconds_of_steps(k, steps, type) < 5e-3)
		steps *= 2;
	for (int i = 0; i < RUNS; i++) {
		t = seconds_of_steps(k, steps, type);
		best = t < best ? t : best;
	}
	return step_flops(type) * (double)steps * k->threads / best;
}

int
ISA_NAME(probe)(struct kernels *k, struct kernel_limits *limits,
    enum dtype type, size_t bytes)
{
	size_t threads = (size_t)k->threads, all, n;
	double best = 1, t;
	float *p;

	bytes = bytes < MOST ? bytes : MOST;
	n = (bytes / threads / 256 + 1) * 64;
	all = n * threads * sizeof(*p);
	p = k->alloc(k, all);
	if (p == NULL)
		return -1;
	/* Memory that was never written is all one page. */
	for (size_t i = 0; i < n * threads; i += 16)
		p[i] = 1;
	for (int i = 0; i < RUNS; i++) {
		t = seconds_of_sweeps(k, p, n, 1 + ENOUGH / all);
		best = t < best ? t : best;
	}
	limits->bytes = (double)all * (double)(1 + ENOUGH / all) / best;
	limits->flops = measure_flops(k, type);
	k->free(k, p);
	return 0;
}
