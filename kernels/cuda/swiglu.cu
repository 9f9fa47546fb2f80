/* SwiGLU: silu(gate) · up. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"

#define THREADS 256

struct swiglu {
	void *out;
	const float *dout;
	const void *gate_up;
	enum dtype type;
	size_t T, F;
};

KERNEL(forward, swiglu)
{
	EACH(i, a.T * a.F) {
		size_t at = i + i / a.F * a.F;
		float g = element_load(a.gate_up, a.type, at);
		float u = element_load(a.gate_up, a.type, at + a.F);

		element_store(a.out, a.type, i, g / (1.0f + expf(-g)) * u);
	}
}

/* With s = sigmoid(g): dgate = dout·u·s·(1 + g(1 − s)), dup = dout·g·s. */
KERNEL(backward, swiglu)
{
	EACH(i, a.T * a.F) {
		size_t at = i + i / a.F * a.F;
		float g = element_load(a.gate_up, a.type, at);
		float u = element_load(a.gate_up, a.type, at + a.F);
		float s = 1.0f / (1.0f + expf(-g)), ds = a.dout[i] * s;

		element_store(a.out, a.type, at,
		    ds * u * (1.0f + g * (1.0f - s)));
		element_store(a.out, a.type, at + a.F, ds * g);
	}
}

void
cuda_swiglu_forward(struct kernels *k, void *out, const void *gate_up,
    enum dtype type, size_t T, size_t F)
{
	struct swiglu a = {out, NULL, gate_up, type, T, F};

	LAUNCH(k, forward, a, cuda_blocks(k, T * F, THREADS), 1, 1, THREADS,
	    0);
}

void
cuda_swiglu_backward(struct kernels *k, void *dgate_up, const float *dout,
    const void *gate_up, enum dtype type, size_t T, size_t F)
{
	struct swiglu a = {dgate_up, dout, gate_up, type, T, F};

	LAUNCH(k, backward, a, cuda_blocks(k, T * F, THREADS), 1, 1, THREADS,
	    0);
}
