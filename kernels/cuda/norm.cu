/* RMSNorm: a block has a row. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"
#include "kernels/cuda/reduce.h"

#define THREADS 256
#define ROWS 64 /* whose weight gradients are summed before they join */

struct forward {
	void *out;
	enum dtype type;
	float *rstd;
	const float *in, *weight;
	float eps;
	size_t C;
};

KERNEL(forward_row, forward)
{
	size_t t = blockIdx.x;
	const float *in = a.in + t * a.C;
	float sum = 0, rstd;

	EACH_OF_BLOCK(c, a.C)
		sum += in[c] * in[c];
	rstd = 1.0f / sqrtf(reduce_block(sum) / (float)a.C + a.eps);
	EACH_OF_BLOCK(c, a.C)
		element_store(a.out, a.type, t * a.C + c,
		    in[c] * rstd * a.weight[c]);
	if (threadIdx.x == 0 && a.rstd != NULL)
		a.rstd[t] = rstd;
}

void
cuda_rmsnorm_forward(struct kernels *k, void *out, enum dtype type,
    float *rstd, const float *in, const float *weight, float eps, size_t T,
    size_t C)
{
	struct forward a = {out, type, rstd, in, weight, eps, C};

	LAUNCH(k, forward_row, a, T, 1, 1, THREADS, 0);
}

struct backward {
	float *din, *parts;
	const float *dout, *in, *weight, *rstd;
	size_t T, C;
};

KERNEL(backward_row, backward)
{
	size_t row = (size_t)blockIdx.x * a.C;
	const float *in = a.in + row, *dout = a.dout + row;
	float rstd = a.rstd[blockIdx.x], sum = 0, scale;

	EACH_OF_BLOCK(c, a.C)
		sum += dout[c] * a.weight[c] * in[c];
	scale = rstd * rstd * rstd * reduce_block(sum) / (float)a.C;
	EACH_OF_BLOCK(c, a.C)
		a.din[row + c] += dout[c] * rstd * a.weight[c] -
		    in[c] * scale;
}

KERNEL(weight_part, backward)
{
	size_t first = (size_t)blockIdx.y * ROWS;
	size_t end = a.T - first < ROWS ? a.T : first + ROWS;

	EACH(c, a.C) {
		float sum = 0;

		for (size_t t = first; t < end; t++)
			sum += a.dout[t * a.C + c] * a.rstd[t] *
			    a.in[t * a.C + c];
		a.parts[(size_t)blockIdx.y * a.C + c] = sum;
	}
}

void
cuda_rmsnorm_backward(struct kernels *k, float *din, float *dweight,
    const float *dout, const float *in, const float *weight,
    const float *rstd, size_t T, size_t C)
{
	size_t parts = (T + ROWS - 1) / ROWS;
	struct backward a = {din, NULL, dout, in, weight, rstd, T, C};

	if (T == 0)
		return;
	a.parts = (float *)cuda_scratch(k, parts * C * sizeof(float));
	LAUNCH(k, backward_row, a, T, 1, 1, THREADS, 0);
	LAUNCH(k, weight_part, a, (C + THREADS - 1) / THREADS, parts, 1,
	    THREADS, 0);
	cuda_add_parts(k, dweight, a.parts, parts, C);
}
