/*
 * The gradient's norm, in an order that is the same on every device, and AdamW
 * in the order of torch.optim.AdamW: decay, moments, step.
 */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/reduce.h"

#define THREADS 256
#define PART 4096 /* elements of a norm that a block adds up */

struct squares {
	double *parts;
	const float *in;
	size_t n;
};

KERNEL(sum_part, squares)
{
	size_t first = (size_t)blockIdx.x * PART;
	size_t end = a.n - first < PART ? a.n : first + PART;
	double sum = 0;

	for (size_t i = first + threadIdx.x; i < end; i += THREADS)
		sum += (double)a.in[i] * a.in[i];
	sum = reduce_block_double(sum);
	if (threadIdx.x == 0)
		a.parts[blockIdx.x] = sum;
}

/* All n of them. */
KERNEL(sum_parts, squares)
{
	double sum = 0;

	EACH_OF_BLOCK(i, a.n)
		sum += a.parts[i];
	sum = reduce_block_double(sum);
	if (threadIdx.x == 0)
		a.parts[0] = sum;
}

static size_t
parts_of(size_t n)
{
	return (n + PART - 1) / PART;
}

/* The parts of what the host has, piece by piece. */
static void
sum_pieces(struct kernels *k, double *parts, float *stage, const float *in,
    size_t n)
{
	size_t piece = ((struct cuda *)k)->piece;

	for (size_t at = 0; at < n; at += piece) {
		struct squares a = {parts + at / PART, stage,
		    n - at < piece ? n - at : piece};

		cuda_upload(k, stage, in + at, a.n * sizeof(*in));
		LAUNCH(k, sum_part, a, parts_of(a.n), 1, 1, THREADS, 0);
	}
}

double
cuda_sum_squares(struct kernels *k, const float *in, size_t n)
{
	size_t count = parts_of(n) + 1, piece = ((struct cuda *)k)->piece;
	int host = n > 0 && !runtime_on_device(in);
	struct squares a = {NULL, in, n}, all;
	double sum;

	a.parts = (double *)cuda_scratch(k, count * sizeof(double) +
	    (host ? piece * sizeof(float) : 0));
	all = a;
	all.n = parts_of(n);
	if (host)
		sum_pieces(k, a.parts, (float *)(void *)(a.parts + count), in,
		    n);
	else
		LAUNCH(k, sum_part, a, all.n, 1, 1, THREADS, 0);
	LAUNCH(k, sum_parts, all, 1, 1, 1, THREADS, 0);
	runtime_copy(k, &sum, a.parts, sizeof(sum));
	return sum;
}

/* What is the same for all elements, worked out in double. */
struct step {
	float *master, *m, *v, *gradient;
	float scale, decay, one_beta1, beta2, one_beta2, root2, eps, step;
	size_t decayed, n;
};

KERNEL(adamw, step)
{
	EACH(i, a.n) {
		float p = a.master[i] * (i < a.decayed ? a.decay : 1.0f);
		float g = a.gradient[i] * a.scale;
		float m = a.m[i] + (g - a.m[i]) * a.one_beta1;
		float v = a.v[i] * a.beta2 + g * g * a.one_beta2;

		a.m[i] = m;
		a.v[i] = v;
		a.master[i] = p - m / (sqrtf(v) * a.root2 + a.eps) * a.step;
		a.gradient[i] = 0;
	}
}

void
cuda_adamw_step(struct kernels *k, float *master, float *m, float *v,
    float *gradient, const struct adamw *options, size_t n)
{
	double beta1 = options->beta1, beta2 = options->beta2;
	double step = (double)options->step, lr = options->lr;
	struct step a = {master, m, v, gradient, options->gradient_scale,
	    (float)(1 - lr * options->weight_decay), (float)(1 - beta1),
	    options->beta2, (float)(1 - beta2),
	    (float)(1 / sqrt(1 - pow(beta2, step))), options->eps,
	    (float)(lr / (1 - pow(beta1, step))), options->decayed, n};

	if (n > 0 && !runtime_on_device(master)) {
		offload_step(k, master, m, v, gradient, options, n);
		return;
	}
	LAUNCH(k, adamw, a, cuda_blocks(k, n, THREADS), 1, 1, THREADS, 0);
}
