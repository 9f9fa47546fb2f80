/*
 * The emulated GPU's library: products of bfloat16 in the one order that there
 * is, steps of 16 as tensor cores take them (emulate_tensor.c).
 */
#include "kernels/cuda/device.h"

#include "kernels/cuda/element.h"
#include "kernels/cuda/few.h"

#define STEP 16
#define THREADS 256

struct product {
	void *out;
	enum dtype out_type;
	const uint16_t *in, *weight;
	const float *bias, *addend;
	size_t M, N, K;
};

KERNEL(multiply, product)
{
	EACH(i, a.M * a.N) {
		const uint16_t *x = a.in + i / a.N * a.K;
		const uint16_t *y = a.weight + i % a.N * a.K;
		float sum = 0;

		for (size_t at = 0; at < a.K; at += STEP) {
			float part = 0;

			for (size_t j = at; j < at + STEP; j++)
				part += element_widen(x[j]) *
				    element_widen(y[j]);
			sum += part;
		}
		sum += a.bias != NULL ? a.bias[i % a.N] : 0;
		sum += a.addend != NULL ? a.addend[i] : 0;
		element_store(a.out, a.out_type, i, sum);
	}
}

int
runtime_matmul(struct kernels *k, void *out, enum dtype out_type,
    const void *in, const void *weight, const float *bias,
    const float *addend, enum dtype type, size_t M, size_t N, size_t K)
{
	struct product a = {out, out_type, in, weight, bias, addend, M, N, K};

	if (type != DTYPE_BF16 || K % STEP != 0 ||
	    !few_aligned(out, in, weight, bias, addend))
		return -1;
	LAUNCH(k, multiply, a, 1, 1, 1, THREADS, 0);
	return 0;
}

int
runtime_matmul_input(struct kernels *k, float *din, const void *dout,
    const void *weight, enum dtype type, size_t M, size_t N, size_t K)
{
	(void)k, (void)din, (void)dout, (void)weight, (void)type;
	(void)M, (void)N, (void)K;
	return -1;
}

int
runtime_matmul_weight(struct kernels *k, float *dweight, const void *dout,
    const void *in, enum dtype type, size_t M, size_t N, size_t K)
{
	(void)k, (void)dweight, (void)dout, (void)in, (void)type;
	(void)M, (void)N, (void)K;
	return -1;
}
