/*
 * AdamW in the order of torch.optim.AdamW: decay, moments, step.  Element by
 * element, so that no split among threads can matter.
 */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

#define CHUNK 8192

/* What is the same for all elements, worked out in double. */
struct constants {
	float scale, decay, one_beta1, beta2, one_beta2, root2, eps, step;
};

INLINE void
step_lanes(float *master, float *m, float *v, float *gradient,
    struct constants c, size_t n)
{
	vf p = vf_load_n(master, n, 0.0f) * c.decay;
	vf g = vf_load_n(gradient, n, 0.0f) * c.scale;
	vf m1 = vf_load_n(m, n, 0.0f);
	vf v1 = vf_load_n(v, n, 0.0f);

	m1 = m1 + (g - m1) * c.one_beta1;
	v1 = v1 * c.beta2 + g * g * c.one_beta2;
	p = p - m1 / (vf_sqrt(v1) * c.root2 + c.eps) * c.step;
	vf_store_n(m, m1, n);
	vf_store_n(v, v1, n);
	vf_store_n(master, p, n);
	vf_store_n(gradient, vf_set(0), n);
}

static void
step_chunk(float *master, float *m, float *v, float *gradient,
    const struct constants *options, size_t from, size_t to)
{
	const struct constants c = *options;

	master += from;
	m += from;
	v += from;
	gradient += from;
	STEPS(i, to - from, step_lanes(master + i, m + i, v + i, gradient + i,
	    c, lanes));
}

void
ISA_NAME(adamw_step)(struct kernels *k, float *master, float *m, float *v,
    float *gradient, const struct adamw *options, size_t n)
{
	double beta1 = options->beta1, beta2 = options->beta2;
	double step = (double)options->step, lr = options->lr;
	struct constants decayed = {
		.scale = options->gradient_scale,
		.decay = (float)(1 - lr * options->weight_decay),
		.one_beta1 = (float)(1 - beta1),
		.beta2 = options->beta2,
		.one_beta2 = (float)(1 - beta2),
		.root2 = (float)(1 / sqrt(1 - pow(beta2, step))),
		.eps = options->eps,
		.step = (float)(lr / (1 - pow(beta1, step))),
	};
	struct constants plain = decayed;
	size_t chunks = (n + CHUNK - 1) / CHUNK;

	plain.decay = 1;
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (n > PARALLEL_MIN)
	for (size_t j = 0; j < chunks; j++) {
		size_t from = j * CHUNK;
		size_t to = n - from > CHUNK ? from + CHUNK : n;
		size_t cut = options->decayed < from ? from :
		    options->decayed < to ? options->decayed : to;

		step_chunk(master, m, v, gradient, &decayed, from, cut);
		step_chunk(master, m, v, gradient, &plain, cut, to);
	}
}
